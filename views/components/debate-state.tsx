import { type Debate, PHASES } from '../../src/debates/debate'
import { type PageRegion, region } from '../region'
import type { Markup } from '../render'
import { plural } from '../words'
import { Elapsed } from './elapsed'
import { Icon, type IconName } from './icon'

const STATUS_WORDS: Record<Debate['status'], string> = {
  active: 'Live',
  paused: 'Paused',
  complete: 'Complete',
}
const STATUS_ICONS: Record<Debate['status'], IconName> = {
  active: 'processing',
  paused: 'awaiting_input',
  complete: 'complete',
}
const STATUS_MARKS: Record<Debate['status'], string> = {
  active: 'processing',
  paused: 'awaiting_input',
  complete: 'complete',
}

/** What is always in sight on the page of a debate: where it is, whose turn it is, and for how long. */
export function debateStateRegion(debate: Debate): PageRegion {
  return region(
    'debate-state',
    <div
      class="debate-state"
      data-status={debate.status}
      data-phase={debate.phase}
      data-speaker={debate.speaker}
      data-turn={debate.turnNumber}
    >
      <StatusMark debate={debate} />
      <span class="debate-phase">
        <span class="sr">phase </span>
        {phaseWords(debate.phase)}
      </span>
      <span>
        <span class="sr">speaker </span>
        <SpeakerMark speaker={debate.speaker} />
      </span>
      <span class="debate-turns">{plural(debate.turnNumber, 'turn')}</span>
      <span class="debate-elapsed">
        <span class="sr">elapsed </span>
        <Elapsed debate={debate} />
      </span>
    </div>,
  )
}

export function StatusMark({ debate: { status } }: { debate: Debate }) {
  return (
    <span class="mark" data-mark={STATUS_MARKS[status]}>
      <Icon name={STATUS_ICONS[status]} />
      <span class="mark-word">{STATUS_WORDS[status]}</span>
    </span>
  )
}

export function SpeakerMark({ speaker }: { speaker: string }): Markup {
  return (
    <span class="speaker" data-speaker={speaker}>
      {speaker}
    </span>
  )
}

/** "1 of 6: opening" */
export function phaseWords(phase: string): string {
  const [, number = '', name = phase] = /^phase_(\d)_(\w+)$/.exec(phase) ?? []
  return number === '' ? name : `${number} of ${PHASES.length}: ${name}`
}
