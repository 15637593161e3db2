import { childKey, deriveState } from './derive-state'
import { type AgentMemory, BOUNDS } from './memory'

/** Keeps what the parent's own label needs to know of a child that lives. */
export function addChild(memory: AgentMemory, child: AgentMemory, at: number): void {
  // A child at work has a session around it, whatever was said of its end.
  memory.ended = null
  const startedAt = memory.children[child.key]?.startedAt ?? at
  const { state } = deriveState(child, at)
  const asks = child.asks.length
  memory.children[child.key] = { state, asks, startedAt, silence: child.silence }
  const byAge = Object.entries(memory.children).sort(([, a], [, b]) => a.startedAt - b.startedAt)
  const tooMany = Math.max(0, byAge.length - BOUNDS.children)
  for (const [key] of byAge.slice(0, tooMany)) delete memory.children[key]
}

/** A child that ended is no background task either, whatever the last Stop listed. */
export function removeChild(memory: AgentMemory, key: string): void {
  delete memory.children[key]
  memory.background = memory.background.filter((task) => childKey(memory, task.id) !== key)
}

/** Children whose end was lost: the agent's own list of background work does not name them. */
export function unlistedChildren(memory: AgentMemory): string[] {
  const listed = new Set(memory.background.map((task) => childKey(memory, task.id)))
  return Object.keys(memory.children).filter((key) => !listed.has(key))
}
