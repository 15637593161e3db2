import { sql } from 'kysely'
import type { Database } from '../db/connect'
import type { Cursor } from '../log/cursor'

/**
 * Where a reader of a debate goes on from. What is too old for the log is not too old for a
 * transcript, unless the database has been restored since: then rows that the reader has seen may be
 * gone.
 */
export async function debateCursor(db: Database, cursor: Cursor): Promise<Cursor> {
  if (cursor.kind !== 'reset' || cursor.reason !== 'expired') return cursor
  const id = Number(cursor.given)
  if (id === 0 || !(await wasRestoredAfter(db, id))) return { kind: 'after', id }
  return cursor
}

async function wasRestoredAfter(db: Database, id: number): Promise<boolean> {
  const { rows } = await sql`
    SELECT 1 FROM events WHERE type = 'log_restored' AND id > ${id} LIMIT 1`.execute(db)
  return rows.length > 0
}
