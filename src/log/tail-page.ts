import type pg from 'pg'
import { ROW_COLUMNS_TEXT, type StoredRow } from './history'

export const PAGE_ROWS = 500

export interface TailPage {
  /** Oldest first. */
  readonly rows: StoredRow[]
  /** Everything up to this id is gone; where there are rows, as of the same snapshot. */
  readonly trimmedThrough: number
}

/** What the last read that found anything found. */
export interface LastRead {
  readonly rows: number
  /** How long before the read its oldest row had been stored. */
  readonly behindMs: number
}

/** The rows after the cursor, at most PAGE_ROWS, and what is not there any more. */
export async function readTailPage(client: pg.Client, cursor: number): Promise<TailPage> {
  const { rows } = await client.query<StoredRow & { trimmed_through: number }>(
    `SELECT (SELECT trimmed_through FROM log_floor), ${ROW_COLUMNS_TEXT}
     FROM events WHERE id > $1 ORDER BY id LIMIT ${PAGE_ROWS}`,
    [cursor],
  )
  return { rows, trimmedThrough: rows[0]?.trimmed_through ?? 0 }
}

/** How long ago a row was stored. Whoever inserts one can give it any time, infinity included. */
export function ageOf({ at }: StoredRow): number {
  const age = at instanceof Date ? Date.now() - at.getTime() : 0
  return Number.isFinite(age) ? Math.max(0, age) : 0
}
