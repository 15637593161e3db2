import { cutText } from '../text'
import { closeAsks } from './asks'
import type { Change } from './change'
import { isTurnOpen } from './derive-state'
import { BOUNDS } from './memory'
import { closeTurn, openTurn } from './turn'

export function startSession(change: Change, source: string): void {
  const { memory } = change
  // In the middle of a turn: a compaction, or a start that was overtaken by its first prompt.
  if (source === 'compact' || (source !== 'resume' && isTurnOpen(memory))) return
  if (!['startup', 'resume', 'clear', 'fork'].includes(source)) return
  closeTurn(change, 'interrupted', 'resumed')
  // The process is a new one: nothing that it ran before is left.
  change.closeChildren.push(...Object.keys(memory.children))
  memory.children = {}
  memory.background = []
  memory.turn = null
  memory.mayWantAnswer = false
}

export function endSession(change: Change, reason: string): void {
  const { memory, context } = change
  if (isTurnOpen(memory)) closeTurn(change, 'interrupted', 'session_ended')
  closeAsks(change, memory.asks, 'session_ended')
  change.closeChildren.push(...Object.keys(memory.children))
  memory.children = {}
  memory.background = []
  memory.tools = []
  memory.compacting = false
  memory.mayWantAnswer = false
  memory.ended = { reason: cutText(reason, 200), at: context.at }
}

export function startChild(change: Change): void {
  const { memory } = change
  memory.isChild = true
  // Its first tool may have overtaken the news of its start.
  if (!isTurnOpen(memory)) openTurn(change, 'moved_on', false)
}

export function finishChild(change: Change, message: string | null): void {
  const { memory } = change
  memory.isChild = true
  if (message !== null) memory.lastMessage = cutText(message, BOUNDS.text)
  if (isTurnOpen(memory)) closeTurn(change, 'complete', 'turn_ended')
  endSession(change, 'finished')
}
