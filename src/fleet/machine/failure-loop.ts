import { isTurnOpen } from './derive-state'
import type { AgentMemory } from './memory'

/** Older failures say nothing about how it gets on now. */
export const STRUGGLE_MS = 5 * 60_000
const FAILURES = 3
const TOOLS = 2
const REPETITIONS = 5

/**
 * Why the agent gets nowhere, in words for people: three failures on at most two tools within five
 * minutes, or the same call five times in a row. Null where it gets on.
 */
export function detectFailureLoop(memory: AgentMemory, now: number): string | null {
  if (!isTurnOpen(memory)) return null
  const { repeated } = memory
  if (repeated && repeated.count >= REPETITIONS) {
    return `The same call ${repeated.count} times in a row: ${repeated.summary}`
  }
  const recent = memory.failures.filter((failure) => now - failure.at < STRUGGLE_MS)
  const tools = [...new Set(recent.map((failure) => failure.tool))]
  if (recent.length < FAILURES || tools.length > TOOLS) return null
  return `${recent.length} failures of ${tools.join(' and ')} within five minutes`
}
