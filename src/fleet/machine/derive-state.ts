import type { State } from '../../log/state'
import type { Overlay } from '../state'
import type { AgentMemory } from './memory'

export const COMPLETE_SHOWN_MS = 10 * 60_000

export interface DerivedState {
  state: State
  overlays: Overlay[]
}

/** The one state that is shown for all that is known, and what is true beside it. */
export function deriveState(memory: AgentMemory, at: number): DerivedState {
  return { state: stateOf(memory, at), overlays: overlaysOf(memory) }
}

function stateOf(memory: AgentMemory, at: number): State {
  if (memory.ended) return 'ended'
  if (memory.reported) return reportedState(memory, memory.reported, at)
  const { turn } = memory
  if (turn?.outcome === 'errored') return 'errored'
  if (isAsking(memory)) return 'awaiting_input'
  if ((isTurnOpen(memory) && turn?.active) || hasLiveWork(memory)) return 'processing'
  if (isTurnOpen(memory)) return 'commanded'
  if (turn?.outcome === 'complete' && isFresh(memory, turn.closedAt ?? at, at)) return 'complete'
  return 'idle'
}

function reportedState(memory: AgentMemory, state: State, at: number): State {
  return state === 'complete' && !isFresh(memory, memory.reportedAt, at) ? 'idle' : state
}

function isFresh(memory: AgentMemory, since: number, at: number): boolean {
  return !memory.seen && at - since < COMPLETE_SHOWN_MS
}

function overlaysOf(memory: AgentMemory): Overlay[] {
  if (memory.ended) return []
  const overlays: Overlay[] = []
  if (!isTurnOpen(memory) && hasLiveWork(memory)) overlays.push('background')
  if (memory.compacting) overlays.push('compacting')
  if (memory.silence === 'quiet') overlays.push('quiet')
  if (memory.stuckReason !== null) overlays.push('stuck')
  if (memory.tools.some((tool) => tool.overdue)) overlays.push('overdue')
  return overlays
}

export function isTurnOpen(memory: AgentMemory): boolean {
  return memory.turn !== null && memory.turn.closedAt === null
}

/** An ask is open: its own or a child's. */
export function isAsking(memory: AgentMemory): boolean {
  return memory.asks.length > 0 || Object.values(memory.children).some((child) => child.asks > 0)
}

/** A child or a background task is at work. A child that fell silent is no proof of work. */
function hasLiveWork(memory: AgentMemory): boolean {
  const { children, background } = memory
  if (Object.values(children).some((child) => child.silence !== 'silent')) return true
  return background.some((task) => children[childKey(memory, task.id)] === undefined)
}

export function childKey(memory: AgentMemory, childId: string): string {
  return `${memory.key}/${childId}`
}
