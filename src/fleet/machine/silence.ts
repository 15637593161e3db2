import { type DerivedEvent, transition } from './change'
import { deriveState, isAsking, isTurnOpen } from './derive-state'
import { detectFailureLoop } from './failure-loop'
import type { AgentMemory, OpenTool, Silence } from './memory'
import { turnIdOf } from './turn'

export const QUIET_MS = 2 * 60_000
export const STUCK_MS = 10 * 60_000
/** From here on a silent child no longer counts as its parent's work; half a minute was too short. */
export const SILENT_CHILD_MS = 30 * 60_000
export const ASK_MS = 10 * 60_000

/**
 * What the clock makes of an agent: quiet, stuck, overdue, an ask that waits too long, an outcome
 * that is old. Silence counts only while we were receiving, and alone never makes an agent lost or
 * ended; what it brought stays until something is heard, however late `receivingSince` becomes.
 * Where nothing changed, the same memory comes back without facts; any change has a fact.
 */
export function applySilence(
  memory: AgentMemory,
  now: number,
  receivingSince: number,
): { memory: AgentMemory; facts: DerivedEvent[] } {
  if (memory.ended) return { memory, facts: [] }
  const next = structuredClone(memory)
  const heard = (at: number) => now - Math.max(at, receivingSince)
  next.silence = silenceOf(next, heard)
  for (const tool of next.tools) tool.overdue = isOverdue(next, tool, heard)
  for (const ask of next.asks) ask.escalated ||= heard(ask.openedAt) >= ASK_MS
  const silent = next.silence === 'stuck' || next.silence === 'silent'
  next.stuckReason = silent
    ? `Nothing heard for ${STUCK_MS / 60_000} minutes`
    : detectFailureLoop(next, now)
  const turnId = turnIdOf(next, null)
  const facts = transition(next, now, 'timer', turnId)
  if (JSON.stringify(next) === JSON.stringify(memory)) return { memory, facts: [] }
  if (facts.length === 0) facts.push(updated(memory, next, now, turnId))
  return { memory: next, facts }
}

function silenceOf(memory: AgentMemory, heard: (at: number) => number): Silence | null {
  // An agent that waits for a human, or for a child, has a reason to be silent.
  if (!isAtWork(memory) || isAsking(memory) || hasSpeakingChild(memory)) return null
  return deeper(memory.silence, countedSilence(memory, heard))
}

const DEPTHS: readonly (Silence | null)[] = [null, 'quiet', 'stuck', 'silent']

/** Time alone makes silence deeper and never ends it: our own pause says nothing about the agent. */
function deeper(known: Silence | null, counted: Silence | null): Silence | null {
  return DEPTHS.indexOf(known) > DEPTHS.indexOf(counted) ? known : counted
}

function countedSilence(memory: AgentMemory, heard: (at: number) => number): Silence | null {
  const silentMs = heard(memory.heardAt)
  const { tools } = memory
  if (memory.isChild && silentMs >= SILENT_CHILD_MS) {
    if (!tools.some((tool) => tool.limitMs !== null && isInTime(tool, heard))) return 'silent'
  }
  if (tools.some((tool) => !tool.keyIsHash || isInTime(tool, heard))) return null
  if (silentMs >= STUCK_MS) return 'stuck'
  return silentMs >= QUIET_MS ? 'quiet' : null
}

function isAtWork(memory: AgentMemory): boolean {
  const { reported } = memory
  return reported === null ? isTurnOpen(memory) : ['processing', 'commanded'].includes(reported)
}

function hasSpeakingChild(memory: AgentMemory): boolean {
  return Object.values(memory.children).some((child) => child.silence !== 'silent')
}

/** Within the limit that it gave; the end of a call without ids may never be reported. */
function isInTime(tool: OpenTool, heard: (at: number) => number): boolean {
  return !tool.overdue && heard(tool.startedAt) < (tool.limitMs ?? 0)
}

/** A call that waits for a permission does not run, and one without an id may have ended long ago. */
function isOverdue(memory: AgentMemory, tool: OpenTool, heard: (at: number) => number): boolean {
  if (tool.limitMs === null || tool.keyIsHash || isInTime(tool, heard)) return false
  return !memory.asks.some((ask) => ask.toolKey === tool.key || ask.toolKey === null)
}

/** The row that lets pages know of an overlay or an ask that changed while the state did not. */
function updated(
  from: AgentMemory,
  to: AgentMemory,
  now: number,
  turnId: string | null,
): DerivedEvent {
  const { overlays } = deriveState(to, now)
  const reason = reasonOf(from, to)
  const data = { overlays, reason }
  return { type: 'agent_updated', summary: reason, data, turnId }
}

function reasonOf(from: AgentMemory, to: AgentMemory): string {
  const late = to.asks.find((ask) => ask.escalated && !isSame(from.asks, ask.key, 'escalated'))
  if (late) return `Has waited for an answer for ${ASK_MS / 60_000} minutes`
  if (to.stuckReason !== null && to.stuckReason !== from.stuckReason) return to.stuckReason
  if (to.silence === 'silent') return `Nothing heard for ${SILENT_CHILD_MS / 60_000} minutes`
  if (to.silence === 'quiet' && from.silence !== 'quiet') {
    return `Nothing heard for ${QUIET_MS / 60_000} minutes`
  }
  const tool = to.tools.find((open) => open.overdue && !isSame(from.tools, open.key, 'overdue'))
  if (tool) return overdueReason(tool)
  // Failures grow old by themselves: that alone is no sign of life.
  const wasStruggling = from.stuckReason !== null && to.stuckReason === null
  if (wasStruggling && to.silence === from.silence) return 'Its failures are over five minutes old'
  return 'Back to normal'
}

function isSame<F extends string>(
  before: readonly ({ key: string } & Record<F, boolean>)[],
  key: string,
  flag: F,
): boolean {
  return before.some((item) => item.key === key && item[flag])
}

/** Writing a file takes no time: one that is open for long most likely waits for a permission. */
function overdueReason(tool: OpenTool): string {
  const seconds = Math.round((tool.limitMs ?? 0) / 1000)
  if (WRITERS.has(tool.name)) {
    return `${tool.name} has been open for over ${seconds} s: perhaps a permission that nobody saw`
  }
  return `${tool.name} has run for longer than its limit of ${seconds} s`
}

const WRITERS: ReadonlySet<string> = new Set(['Edit', 'Write', 'MultiEdit', 'NotebookEdit'])
