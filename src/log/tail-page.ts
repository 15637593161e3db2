import type pg from 'pg'
import { ROW_COLUMNS_TEXT, type StoredRow } from './history'

export const PAGE_ROWS = 500

interface TailPage {
  /** Oldest first, at most PAGE_ROWS. */
  readonly rows: StoredRow[]
  /** Everything up to this id is gone. */
  readonly trimmedThrough: number
}

/** What the last read that found anything found. */
export interface LastRead {
  readonly rows: number
  /** How long before the read its oldest row had been stored. */
  readonly behindMs: number
}

/**
 * The rows after `cursor`, and up to where the log has been removed: in one snapshot, or rows that
 * are removed meanwhile would be a silent hole.
 */
export async function readTailPage(client: pg.Client, cursor: number): Promise<TailPage> {
  const { rows } = await client.query<StoredRow & { trimmed_through: number }>(
    `SELECT trimmed_through, page.* FROM log_floor LEFT JOIN (
       SELECT ${ROW_COLUMNS_TEXT} FROM events WHERE id > $1 ORDER BY id LIMIT ${PAGE_ROWS}
     ) AS page ON true ORDER BY id`,
    [cursor],
  )
  const trimmedThrough = rows[0]?.trimmed_through ?? 0
  // Without a row to join, the floor comes alone.
  return { rows: rows[0]?.id === null ? [] : rows, trimmedThrough }
}

/** How long ago a row was stored. A row inserted by hand can have any time, infinity included. */
export function ageOf({ at }: StoredRow): number {
  const age = at instanceof Date ? Date.now() - at.getTime() : 0
  return Number.isFinite(age) ? Math.max(0, age) : 0
}
