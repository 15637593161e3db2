import type { JsonObject } from '../../log/event-row'
import { cutText } from '../text'
import type { Change } from './change'
import { type Ask, BOUNDS } from './memory'

/** The key of the ask that a program's `awaiting_input` stands for. */
export const REPORTED_ASK = 'reported'

type NewAsk = Pick<Ask, 'key' | 'kind' | 'toolKey' | 'toolName' | 'summary' | 'fromNotice'>

/** Adds an ask to the set; false where it is open already. */
export function openAsk(change: Change, ask: NewAsk): boolean {
  const { memory, context } = change
  if (memory.asks.some((open) => open.key === ask.key)) return false
  const added = {
    ...ask,
    summary: cutText(ask.summary, BOUNDS.text),
    openedAt: context.at,
    escalated: false,
  }
  const tooMany = Math.max(0, memory.asks.length + 1 - BOUNDS.asks)
  closeAsks(change, memory.asks.slice(0, tooMany), 'superseded')
  memory.asks.push(added)
  return true
}

/** The row of an ask that opened, for reports whose own row says something else. */
export function askOpened(change: Change, ask: NewAsk): void {
  change.facts.push({
    type: 'ask_opened',
    summary: cutText(ask.summary, 200),
    data: { ask: ask.kind, tool_name: ask.toolName, summary: cutText(ask.summary, 200) },
    turnId: null,
  })
}

/** Takes asks out of the set, with a row for each. */
export function closeAsks(change: Change, asks: readonly Ask[], how: string): void {
  if (asks.length === 0) return
  const { memory } = change
  const turnId = memory.turn?.id ?? null
  const keys = new Set(asks.map((ask) => ask.key))
  memory.asks = memory.asks.filter((ask) => !keys.has(ask.key))
  for (const ask of asks) {
    // A report of a state has no rows but its own: its ask came without one as well.
    if (ask.key === REPORTED_ASK) continue
    const summary = cutText(`${ask.summary}: ${how}`, 200)
    change.facts.push({ type: 'ask_closed', summary, data: askEnd(ask, how), turnId })
  }
}

/** What the end of an ask says. */
export function askEnd(ask: Ask, how: string): JsonObject {
  return { ask: ask.kind, tool_name: ask.toolName, how }
}
