import type { Bounds } from './history'

/** Where a reader wants to go on from. */
export type Cursor =
  | { kind: 'tail' }
  | { kind: 'after'; id: number }
  | { kind: 'reset'; reason: 'malformed' | 'expired' | 'ahead'; given: string }

/**
 * Resolves the cursor that a client sent; null means none, which is the tail. `0` is before
 * the first row. What this process has not read yet is looked up in the database: a cursor is ahead
 * only if no client can have been sent it.
 */
export async function resolveCursor(
  text: string | null | undefined,
  log: { head: number; ring: { floor: number }; readBounds: () => Promise<Bounds> },
): Promise<Cursor> {
  if (text === null || text === undefined) return { kind: 'tail' }
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(Number(text))) {
    return { kind: 'reset', reason: 'malformed', given: text.slice(0, 100) }
  }
  const id = Number(text)
  // A thousand clients that come back at once cost the database nothing.
  if (id >= log.ring.floor && id <= log.head) return { kind: 'after', id }
  const { head, firstId, trimmedThrough } = await log.readBounds()
  const isWhole = trimmedThrough < firstId
  if (id === 0 && isWhole) return { kind: 'after', id: trimmedThrough }
  if (id < trimmedThrough) return { kind: 'reset', reason: 'expired', given: text }
  if (id > Math.max(head, log.head)) return { kind: 'reset', reason: 'ahead', given: text }
  return { kind: 'after', id }
}
