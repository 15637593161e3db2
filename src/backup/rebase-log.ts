import { sql } from 'kysely'
import type { Database } from '../db/connect'
import { appendEvents } from '../log/append'
import type { JsonObject } from '../log/event-row'

/**
 * Moves the log to ids that no reader has seen: past `givenOut`, past every row, and past the present
 * Unix time in milliseconds. Then appends a first row there, and declares that the log cannot be
 * resumed from before it: a reader may have seen rows that are gone now.
 */
export async function rebaseLog(
  db: Database,
  { givenOut, summary, data }: { givenOut: number; summary: string; data: JsonObject },
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ first: number }>`
      SELECT greatest(${givenOut}::bigint + 1, (SELECT max(id) + 1 FROM events),
        floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) AS first`.execute(trx)
    const first = rows[0]?.first ?? 0
    await sql`SELECT setval(pg_get_serial_sequence('events', 'id'), ${first}, false)`.execute(trx)
    await sql`UPDATE log_floor SET trimmed_through = ${first - 1}`.execute(trx)
    await appendEvents(trx, [{ type: 'log_restored', summary, data }])
  })
}
