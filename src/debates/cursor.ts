import { sql } from 'kysely'
import type { Database } from '../db/connect'
import type { Cursor } from '../log/cursor'

/**
 * Where a reader of a debate goes on from. What is too old for the log is not too old for a
 * transcript, unless the database has been restored since: then rows that the reader has seen may be
 * gone.
 */
export async function debateCursor(
  cursor: Cursor,
  readLastRestore: () => Promise<number>,
): Promise<Cursor> {
  if (cursor.kind !== 'reset' || cursor.reason !== 'expired') return cursor
  const id = Number(cursor.given)
  if (id === 0 || (await readLastRestore()) <= id) return { kind: 'after', id }
  return cursor
}

/** The row that says when the database was last restored from a backup; 0: it never was. */
export async function readLastRestore(db: Database): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    SELECT id FROM events WHERE type = 'log_restored' ORDER BY id DESC LIMIT 1`.execute(db)
  return rows[0]?.id ?? 0
}
