import { askOpened, closeAsks, openAsk } from './asks'
import type { Change } from './change'
import type { Ask } from './memory'

const UNNAMED = 'elicitation'

/** A form or link of an MCP server waits for a human; true where it was not open yet. */
export function openElicitation(change: Change, key: string | null, summary: string): boolean {
  const isNew = openAsk(change, elicitation(key, summary, false))
  // The notice of the same dialog may have come first.
  if (isNew)
    closeAsks(
      change,
      open(change).filter((ask) => ask.fromNotice),
      'superseded',
    )
  return isNew
}

/** The notification of a dialog: the hook of the same dialog says more, where it is set up. */
export function noticeElicitation(change: Change, message: string): void {
  if (open(change).length > 0) return
  const ask = elicitation(null, message, true)
  if (openAsk(change, ask)) askOpened(change, ask)
}

/** Closes the ask of that key; without a match, the only one there is, or else the oldest. */
export function closeElicitation(change: Change, key: string | null, how: string): Ask | null {
  const asks = open(change)
  const named = asks.find((ask) => ask.key === elicitationKey(key) && !ask.fromNotice)
  const ask = named ?? asks.find((other) => other.fromNotice) ?? fallback(asks, key)
  if (!ask) return null
  closeAsks(change, [ask], how)
  return ask
}

function fallback(asks: readonly Ask[], key: string | null): Ask | undefined {
  return key === null || asks.length === 1 ? asks[0] : undefined
}

function open(change: Change): Ask[] {
  return change.memory.asks.filter((ask) => ask.kind === 'elicitation')
}

function elicitation(key: string | null, summary: string, fromNotice: boolean) {
  const kind = 'elicitation' as const
  const asked = fromNotice ? `notice ${UNNAMED}` : elicitationKey(key)
  return { key: asked, kind, toolKey: null, toolName: null, summary, fromNotice }
}

function elicitationKey(key: string | null): string {
  return `${UNNAMED} ${key ?? ''}`
}
