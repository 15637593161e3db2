import { COMPLETE_SHOWN_MS } from './derive-state'
import { STRUGGLE_MS } from './failure-loop'
import type { AgentMemory } from './memory'
import { ASK_MS, applySilence, QUIET_MS, SILENT_CHILD_MS, STUCK_MS } from './silence'

/**
 * When the clock alone can next change something about the agent: `at` itself where it does already,
 * null for never. Silence before `receivingSince` does not count; without it the answer may be early,
 * and is never late.
 */
export function dueAt(
  memory: AgentMemory,
  at: number,
  receivingSince = Number.NEGATIVE_INFINITY,
): number | null {
  if (memory.ended) return null
  const all = thresholds(memory, receivingSince)
  const isPast = all.some((threshold) => threshold <= at)
  if (isPast && applySilence(memory, at, receivingSince).facts.length > 0) return at
  const future = all.filter((threshold) => threshold > at)
  return future.length > 0 ? Math.min(...future) : null
}

/** When what it did last was complete, by what it reported outright and by its turn. */
function completedAt({ reported, reportedAt, turn }: AgentMemory): number[] {
  const closedAt = turn?.outcome === 'complete' ? turn.closedAt : null
  return [
    ...(reported === 'complete' ? [reportedAt] : []),
    ...(closedAt === null ? [] : [closedAt]),
  ]
}

/** All times at which any condition of applySilence can turn. */
function thresholds(memory: AgentMemory, receivingSince: number): number[] {
  const counted = (since: number) => Math.max(since, receivingSince)
  const heard = counted(memory.heardAt)
  return [
    ...[QUIET_MS, STUCK_MS, SILENT_CHILD_MS].map((ms) => heard + ms),
    ...memory.tools.flatMap(({ startedAt, limitMs }) =>
      limitMs === null ? [] : [counted(startedAt) + limitMs],
    ),
    ...memory.asks.map(({ openedAt }) => counted(openedAt) + ASK_MS),
    ...memory.failures.map(({ at }) => at + STRUGGLE_MS),
    ...completedAt(memory).map((completed) => completed + COMPLETE_SHOWN_MS),
  ]
}
