import { isTurnOpen } from './derive-state'
import type { AgentMemory } from './memory'
import type { Signal } from './signal'

type Kind = Signal['kind']

/** Telemetry is seconds old: about an ended session it is the past, and does not revive it. */
const DELAYED: ReadonlySet<Kind> = new Set(['observed', 'decided'])

/** Of a prompt whose turn is closed, these came late: they are the ends of what is over. */
const LATE: ReadonlySet<Kind> = new Set([
  'tool_finished',
  'tool_failed',
  'tools_finished',
  'notified',
  ...DELAYED,
])

/** Of a prompt that ended with its session, these are late as well. */
const LATE_WHEN_ENDED: ReadonlySet<Kind> = new Set([
  ...LATE,
  'permission_denied',
  'elicitation_closed',
  'turn_finished',
  'turn_failed',
  'turn_interrupted',
  'compacting',
])

/** Only these show that a child which ended is at work again. */
const OPENS_CHILD: ReadonlySet<Kind> = new Set([
  'child_started',
  'prompted',
  'progressed',
  'tool_started',
  'permission_requested',
  'elicitation_opened',
  'state_reported',
])

/** The signal is a row of the log and nothing else: it says nothing about the agent now. */
export function isLogOnly(memory: AgentMemory, signal: Signal, promptId: string | null): boolean {
  const { kind } = signal
  if (kind === 'logged') return true
  if (memory.ended && (kind === 'session_ended' || DELAYED.has(kind))) return true
  if (memory.isChild) return memory.ended !== null && !OPENS_CHILD.has(kind)
  if (memory.ended && memory.reported && kind !== 'state_reported') return true
  return isLate(memory, kind, promptId)
}

function isLate(memory: AgentMemory, kind: Kind, promptId: string | null): boolean {
  const { turn } = memory
  if (promptId === null) {
    // Without an id: whatever was open was closed with the turn, so this end belongs to it.
    const isClosed = turn !== null && !isTurnOpen(memory) && memory.ended === null
    return isClosed && kind !== 'notified' && LATE.has(kind)
  }
  if (!memory.closedPrompts.includes(promptId)) return false
  if (memory.ended) return LATE_WHEN_ENDED.has(kind)
  if (LATE.has(kind)) return true
  // What is over cannot be interrupted.
  if (kind === 'turn_interrupted') return true
  // The end of an older turn says nothing about the one that is open now.
  return (kind === 'turn_finished' || kind === 'turn_failed') && turn?.promptId !== promptId
}
