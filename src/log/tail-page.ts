import type pg from 'pg'
import { ROW_COLUMNS_TEXT, type StoredRow } from './history'

/**
 * The rows after `cursor`, oldest first, and up to where the log has been removed: in one snapshot,
 * or rows that are removed meanwhile would be a silent hole.
 */
export async function readTailPage(
  client: pg.Client,
  cursor: number,
  limit: number,
): Promise<{ rows: StoredRow[]; trimmedThrough: number }> {
  const { rows } = await client.query<StoredRow & { trimmed_through: number }>(
    `SELECT trimmed_through, page.* FROM log_floor LEFT JOIN (
       SELECT ${ROW_COLUMNS_TEXT} FROM events WHERE id > $1 ORDER BY id LIMIT $2
     ) AS page ON true ORDER BY id`,
    [cursor, limit],
  )
  const trimmedThrough = rows[0]?.trimmed_through ?? 0
  // Without a row to join, the floor comes alone.
  return { rows: rows[0]?.id === null ? [] : rows, trimmedThrough }
}
