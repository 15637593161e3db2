import { createHash } from 'node:crypto'
import { closeAsks } from './asks'
import type { Change } from './change'
import { isTurnOpen } from './derive-state'
import { type AgentMemory, BOUNDS, type Turn } from './memory'

/** Opens the turn of a prompt; one that is still open was left without a word. */
export function openTurn(change: Change, how: string, active: boolean): void {
  const { memory, context } = change
  if (isTurnOpen(memory)) abandonTurn(change, how)
  closeAsks(change, memory.asks, how)
  memory.tools = []
  memory.failures = []
  memory.repeated = null
  memory.compacting = false
  memory.seen = false
  memory.closedPrompts = memory.closedPrompts.filter((id) => id !== context.promptId)
  memory.turn = newTurn(memory, context.promptId, context.at, active)
}

function abandonTurn(change: Change, how: string): void {
  // The report names the next prompt: the turn that it leaves must not take its id.
  closeTurn({ ...change, context: { ...change.context, promptId: null } }, 'interrupted', how)
}

/** The agent did something: its turn is open, also where no prompt was reported. */
export function continueTurn(change: Change): void {
  const { memory, context } = change
  const { turn } = memory
  if (turn === null || isNews(memory, turn, context.promptId)) {
    openTurn(change, 'moved_on', true)
    return
  }
  if (belongs(memory, turn, context.promptId)) turn.promptId ??= context.promptId
  turn.active = true
  if (turn.closedAt !== null) reopen(memory, turn)
}

/** Whether the report is of another turn; a straggler of an old one does not close the open one. */
function isNews(memory: AgentMemory, turn: Turn, promptId: string | null): boolean {
  if (promptId === null || belongs(memory, turn, promptId)) return false
  return !(isTurnOpen(memory) && memory.closedPrompts.includes(promptId))
}

/** A child has the prompts of its parent, which say nothing about its own turn. */
function belongs(memory: AgentMemory, turn: Turn, promptId: string | null): boolean {
  if (promptId === null || memory.isChild || turn.promptId === promptId) return true
  return turn.promptId === null && turn.closedAt === null
}

function reopen(memory: AgentMemory, turn: Turn): void {
  turn.closedAt = null
  turn.outcome = null
  turn.error = null
  memory.seen = false
  memory.closedPrompts = memory.closedPrompts.filter((id) => id !== turn.promptId)
}

/** The agent says that its turn is over. */
export function finishTurn(change: Change, outcome: 'complete' | 'errored'): void {
  const { memory, context } = change
  const { turn } = memory
  if (turn === null || !belongs(memory, turn, context.promptId)) openTurn(change, 'moved_on', true)
  closeTurn(change, outcome, 'turn_ended')
}

/** Closes the turn with all tools and asks; one that was closed before gets the new outcome. */
export function closeTurn(
  change: Change,
  outcome: NonNullable<Turn['outcome']>,
  how: string,
): void {
  const { memory, context } = change
  closeAsks(change, memory.asks, how)
  memory.tools = []
  memory.compacting = false
  memory.seen = false
  const { turn } = memory
  if (turn === null) return
  if (turn.closedAt === null) turn.promptId ??= context.promptId
  turn.closedAt = context.at
  turn.outcome = outcome
  turn.error = null
  if (turn.promptId !== null) rememberPrompt(memory, turn.promptId)
}

function rememberPrompt(memory: AgentMemory, promptId: string): void {
  const others = memory.closedPrompts.filter((id) => id !== promptId)
  memory.closedPrompts = [promptId, ...others].slice(0, BOUNDS.closedPrompts)
}

/** The turn that a row belongs to: the open one, else the one whose prompt the report names. */
export function turnIdOf(memory: AgentMemory, promptId: string | null): string | null {
  const { turn } = memory
  if (promptId === null || memory.isChild) return isTurnOpen(memory) ? (turn?.id ?? null) : null
  if (turn?.promptId === promptId) return turn.id
  if (memory.closedPrompts.includes(promptId)) return deriveId(memory.key, promptId)
  return isTurnOpen(memory) ? (turn?.id ?? null) : null
}

function newTurn(memory: AgentMemory, promptId: string | null, at: number, active: boolean): Turn {
  memory.turnCount += 1
  const id = deriveId(memory.key, promptId ?? `#${memory.turnCount}`)
  return { id, promptId, openedAt: at, closedAt: null, outcome: null, error: null, active }
}

/** A version 8 UUID: ours to define, and the same on every machine and at every replay. */
function deriveId(key: string, prompt: string): string {
  const hex = createHash('sha256').update(`${key}\n${prompt}`).digest('hex')
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16)
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ]
  return parts.join('-')
}
