import type { JsonObject } from '../../log/event-row'
import { applySignal } from './apply-signal'
import { type Change, type Context, type DerivedEvent, transition } from './change'
import { addChild, removeChild } from './children'
import { detectFailureLoop } from './failure-loop'
import { isLogOnly } from './late'
import type { AgentMemory } from './memory'
import type { Signal } from './signal'
import { turnIdOf } from './turn'

export interface Applied {
  memory: AgentMemory
  /** The rows that follow from the report's own, in order. */
  facts: DerivedEvent[]
  /** To be merged into the data of the report's own row. */
  own: JsonObject
  /** The type of the own row, where the adapter could not know it. */
  eventTypeOverride: string | null
  /** The turn of the own row. */
  turnId: string | null
  /** Keys of children that this report shows to be over; they get `child_finished`. */
  closeChildren: string[]
}

/** What a signal makes of an agent. Pure: the same memory, signal and context give the same. */
export function apply(memory: AgentMemory, signal: Signal, context: Context): Applied {
  if (isLogOnly(memory, signal, context.promptId)) return logOnly(memory, signal, context)
  const change: Change = {
    memory: structuredClone(memory),
    signal,
    context,
    facts: [],
    own: {},
    eventTypeOverride: null,
    closeChildren: [],
  }
  revive(change)
  applySignal(change)
  const next = change.memory
  next.heardAt = Math.max(next.heardAt, context.at)
  next.silence = null
  next.stuckReason = next.ended ? null : detectFailureLoop(next, context.at)
  const turnId = turnIdOf(next, context.promptId) ?? (closesTurn(signal) ? lastTurnId(next) : null)
  const facts = change.facts.map((fact) => ({ ...fact, turnId: fact.turnId ?? turnId }))
  facts.push(...transition(next, context.at, change.eventTypeOverride ?? context.type, turnId))
  const { own, eventTypeOverride, closeChildren } = change
  return { memory: next, facts, own, eventTypeOverride, turnId, closeChildren }
}

/** Event types that would claim an ask opened or closed when it did not. */
const UNTRUE_WHEN_LATE: Partial<Record<Signal['kind'], string>> = {
  permission_requested: 'hook_permission_request',
  elicitation_opened: 'hook_elicitation',
  elicitation_closed: 'hook_elicitation_result',
}

function logOnly(memory: AgentMemory, signal: Signal, context: Context): Applied {
  const turnId = turnIdOf(memory, context.promptId)
  const eventTypeOverride = UNTRUE_WHEN_LATE[signal.kind] ?? null
  // An old outcome may have run out since: that is the clock's doing, not the report's.
  const next = { ...memory }
  const facts = transition(next, context.at, 'timer', turnId)
  return {
    memory: facts.length > 0 ? next : memory,
    facts,
    own: {},
    eventTypeOverride,
    turnId,
    closeChildren: [],
  }
}

/** An agent that reports is alive. A state that a program reported outright stands until it reports again. */
function revive(change: Change): void {
  const { memory } = change
  memory.ended = null
  if (memory.reported === 'ended') memory.reported = null
}

const CLOSES_TURN: ReadonlySet<Signal['kind']> = new Set([
  'turn_finished',
  'turn_failed',
  'turn_interrupted',
  'session_ended',
  'child_finished',
])

function closesTurn(signal: Signal): boolean {
  return CLOSES_TURN.has(signal.kind)
}

function lastTurnId(memory: AgentMemory): string | null {
  return memory.turn?.id ?? null
}

/**
 * Brings the parent up to date after a child of it changed, and yields the parent's own transition.
 * The same object comes back where nothing is new.
 */
export function applyChild(
  parent: AgentMemory,
  child: AgentMemory,
  at: number,
  trigger: string,
): { memory: AgentMemory; facts: DerivedEvent[] } {
  const memory = structuredClone(parent)
  if (child.ended) removeChild(memory, child.key)
  else addChild(memory, child, at)
  const facts = transition(memory, at, trigger, turnIdOf(memory, null))
  const isSame = facts.length === 0 && JSON.stringify(memory) === JSON.stringify(parent)
  return { memory: isSame ? parent : memory, facts }
}
