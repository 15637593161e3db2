import type { EventRow } from '../log/event-row'
import type { Agent } from './agent'
import type { Attention, AttentionItem, SessionCard } from './board'
import { sessionChange } from './session-change'
import type { SessionIndex } from './session-index'

export const MAX_ATTENTION = 50
/** The key of an ask is what a program calls it. */
const MAX_KEY = 120

/**
 * What needs a human among these sessions, of which `waiting` await input. The same sessions give
 * the same items, and of more sessions than items those count whose newest is newest.
 */
export function attentionOf(
  sessions: readonly SessionCard[],
  waiting = sessions.filter(({ agent }) => agent.state === 'awaiting_input').length,
): Attention {
  const items = sessions.flatMap(itemsOf).sort(newestFirst)
  return { waiting, items: items.slice(0, MAX_ATTENTION) }
}

/**
 * Whether a row that the index knows of already may change what was shown: a session comes into a
 * state that needs a human or leaves it, or something is new about an agent that is in one.
 */
export function touchesAttention(
  row: EventRow,
  index: Pick<SessionIndex, 'agent'>,
  shown: Attention,
): boolean {
  const { from_state, to_state } = row.data
  if (row.type === 'state_transition') return needsAttention(from_state) || needsAttention(to_state)
  const change = sessionChange(row)
  if (change && shown.items.some(({ session }) => session.id === change.agentId)) return true
  const agent = index.agent(row.agentId)
  if (!agent) return false
  if (needsAttention(agent.state) || agent.overlays.includes('stuck')) return true
  return shown.items.some(({ session }) => session.id === (agent.parentId ?? agent.id))
}

function needsAttention(state: unknown): boolean {
  return state === 'awaiting_input' || state === 'errored' || state === 'complete'
}

/** A failure or an outcome of a child is its parent's business; what it asks is ours. */
function itemsOf(session: SessionCard): AttentionItem[] {
  const { agent } = session
  const { memory } = agent
  if (agent.state === 'awaiting_input') return asksOf(session)
  if (agent.state === 'errored') return [stayOf('failed', agent, memory.turn?.error ?? '')]
  if (agent.state === 'ended') return []
  if (agent.overlays.includes('stuck')) return [stayOf('stuck', agent, memory.stuckReason ?? '')]
  return agent.state === 'complete' ? [stayOf('finished', agent, memory.lastMessage)] : []
}

function asksOf({ agent: session, children }: SessionCard): AttentionItem[] {
  const asking = [session, ...children].filter(({ state }) => state === 'awaiting_input')
  const items = asking.flatMap((agent) =>
    agent.memory.asks.map(
      (ask): AttentionItem => ({
        key: `ask/${agent.id}/${ask.openedAt}/${ask.key.slice(0, MAX_KEY)}`,
        kind: 'input',
        session,
        text: ask.summary,
        since: new Date(ask.openedAt),
      }),
    ),
  )
  return items.length > 0 ? items : [stayOf('input', session, session.memory.lastMessage)]
}

function stayOf(kind: AttentionItem['kind'], session: Agent, text: string): AttentionItem {
  const since = session.stateSince
  return { key: `${kind}/${session.id}/${since.getTime()}`, kind, session, text, since }
}

function newestFirst(a: AttentionItem, b: AttentionItem): number {
  // Among equals as the index has them, or those that it leaves out could be others.
  return (
    b.since.getTime() - a.since.getTime() ||
    b.session.id - a.session.id ||
    (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
  )
}
