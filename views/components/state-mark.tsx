import type { Agent } from '../../src/fleet/agent'
import type { Overlay } from '../../src/fleet/state'
import type { State } from '../../src/log/state'
import { Icon, type IconName } from './icon'

/** What an agent is marked as: its state, or the overlay that colours it. */
export type Mark = State | 'stuck' | 'overdue' | 'background' | 'lost'

const STATE_WORDS: Record<State, string> = {
  awaiting_input: 'Input needed',
  errored: 'Failed',
  processing: 'Working',
  commanded: 'Starting',
  complete: 'Done',
  idle: 'Idle',
  ended: 'Ended',
}

const ICONS: Record<Mark, IconName> = {
  awaiting_input: 'awaiting_input',
  errored: 'errored',
  stuck: 'stuck',
  overdue: 'stuck',
  processing: 'processing',
  commanded: 'processing',
  background: 'background',
  complete: 'complete',
  idle: 'idle',
  lost: 'lost',
  ended: 'ended',
}

export function stateWord(state: State): string {
  return STATE_WORDS[state]
}

type Marked = Pick<Agent, 'state' | 'overlays'>

export function markOf({ state, overlays }: Marked): Mark {
  if (state === 'ended' || state === 'errored' || state === 'awaiting_input') return state
  const mostUrgent = (['lost', 'stuck', 'overdue'] as const).find((name) => overlays.includes(name))
  if (mostUrgent) return mostUrgent
  return state === 'processing' && overlays.includes('background') ? 'background' : state
}

/** The mark, the word for the state, and a word for each thing that is true beside it. */
export function StateMark({ agent }: { agent: Marked }) {
  const mark = markOf(agent)
  const beside = agent.overlays.filter((overlay) => overlay !== mark || mark !== 'background')
  return (
    <span class="mark" data-mark={mark} data-tint="">
      <Icon name={ICONS[mark]} />
      <span class="mark-word">
        {mark === 'background' ? 'In background' : stateWord(agent.state)}
      </span>
      {beside.map((overlay) => (
        <OverlayWord overlay={overlay} />
      ))}
    </span>
  )
}

function OverlayWord({ overlay }: { overlay: Overlay }) {
  return (
    <span class="overlay" data-overlay={overlay}>
      {overlay === 'background' ? 'in background' : overlay}
    </span>
  )
}

/** The icon alone, for where the word stands in a heading or a count. */
export function MarkIcon({ mark }: { mark: Mark }) {
  return (
    <span class="mark" data-mark={mark}>
      <Icon name={ICONS[mark]} />
    </span>
  )
}
