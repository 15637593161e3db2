import { type DerivedEvent, transition } from './change'
import { deriveState } from './derive-state'
import type { AgentMemory } from './memory'

/** A person looked at the outcome: a finished turn needs no attention any more, for any viewer. */
export function markSeen(
  memory: AgentMemory,
  at: number,
): { memory: AgentMemory; facts: DerivedEvent[] } {
  if (deriveState(memory, at).state !== 'complete') return { memory, facts: [] }
  const next = { ...structuredClone(memory), seen: true }
  return { memory: next, facts: transition(next, at, 'seen', null) }
}
