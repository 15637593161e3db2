import type { JsonObject } from '../../log/event-row'
import { deriveState } from './derive-state'
import type { AgentMemory } from './memory'
import type { Signal } from './signal'

/** A row of the log that follows from a report or from the clock. */
export interface DerivedEvent {
  type: string
  summary: string
  data: JsonObject
  turnId: string | null
}

export interface Context {
  /** The prompt that the report names. */
  promptId: string | null
  at: number
  /** The type of the report's own row: it becomes the trigger of a transition. */
  type: string
}

/** One application of a signal: `memory` is a copy, and free to be changed. */
export interface Change {
  readonly memory: AgentMemory
  readonly signal: Signal
  readonly context: Context
  readonly facts: DerivedEvent[]
  /** What only the machine can say about the report's own row. */
  readonly own: JsonObject
  eventTypeOverride: string | null
  readonly closeChildren: string[]
}

/** The last fact of all: the label changed. None where it did not. */
export function transition(
  memory: AgentMemory,
  at: number,
  trigger: string,
  turnId: string | null,
): DerivedEvent[] {
  const { state } = deriveState(memory, at)
  const from = memory.state
  if (state === from) return []
  memory.state = state
  return [
    {
      type: 'state_transition',
      summary: `${from} → ${state}`,
      data: { from_state: from, to_state: state, trigger },
      turnId,
    },
  ]
}
