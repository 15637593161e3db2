import { sql } from 'kysely'
import type { Database } from '../db/connect'
import { Unavailable } from '../errors/app-error'
import type { EventRow } from './event-row'
import { type StoredRow, toEventRow } from './history'
import type { EventQuery, EventRange } from './search-query'
import { browseStatement, type SearchSteps, searchStatement } from './search-statement'

/** Rows between these times were not searched: they are being indexed. */
export interface SearchGap {
  readonly from: Date
  readonly to: Date
}

/** Rows that are not in the index yet are searched one by one, up to so many. */
const MAX_UNINDEXED = 5_000
const SEARCH_MS = 2_000
const RETRY_AFTER_SECONDS = 5
const QUERY_CANCELED = '57014'

/**
 * A page of what matches, newest first, complete up to the log's head at this moment: what the index
 * does not hold yet is looked at directly. Throws Unavailable rather than leave anything out.
 */
export async function findEvents(
  db: Database,
  query: EventQuery,
  range: EventRange,
  steps?: SearchSteps,
): Promise<EventRow[]> {
  // Without a walk: there is nothing that it could find.
  if (query.isEmpty) return []
  const rows =
    query.text === null
      ? await sql<StoredRow>`${browseStatement(query, range)}`
          .execute(db)
          .then((result) => result.rows)
      : (await search(db, query.text, query, range, { mayLeaveOut: false, steps })).stored
  return rows.map(toEventRow).sort((a, b) => b.id - a.id)
}

/**
 * The same, but that a search leaves out what is neither in the index nor among the newest rows, and
 * says so. For people, who would rather see something.
 */
export async function findWhatIsIndexed(
  db: Database,
  query: EventQuery,
  range: EventRange,
): Promise<{ rows: EventRow[]; gap: SearchGap | null }> {
  if (query.text === null || query.isEmpty) {
    return { rows: await findEvents(db, query, range), gap: null }
  }
  const { stored, gap } = await search(db, query.text, query, range, { mayLeaveOut: true })
  return { rows: stored.map(toEventRow).sort((a, b) => b.id - a.id), gap }
}

/** Which of these rows match, without a look at the index. */
export async function findAmong(
  db: Database,
  ids: readonly number[],
  query: EventQuery,
): Promise<Set<number>> {
  const words =
    query.text === null ? sql`true` : sql`event_words(events) @@ event_search_query(${query.text})`
  const { rows } = await sql<{ id: number }>`
    SELECT id FROM events
    WHERE id = ANY(${[...ids]}::bigint[]) AND ${query.where} AND ${words}`.execute(db)
  return new Set(rows.map((row) => row.id))
}

/** In a transaction of its own, which the database gives up when it takes too long. */
async function search(
  db: Database,
  text: string,
  query: EventQuery,
  range: EventRange,
  { mayLeaveOut, steps }: { mayLeaveOut: boolean; steps?: SearchSteps | undefined },
): Promise<{ stored: StoredRow[]; gap: SearchGap | null }> {
  try {
    return await db.transaction().execute(async (trx) => {
      const { rows } = await sql<{ unindexed: number }>`
        SELECT set_config('statement_timeout', ${String(SEARCH_MS)}, true),
          (SELECT count(*) FROM (SELECT FROM events
            WHERE id > (SELECT indexed_through FROM event_search_position)
            LIMIT ${MAX_UNINDEXED + 1}) AS behind) AS unindexed`.execute(trx)
      const isFarBehind = (rows[0]?.unindexed ?? 0) > MAX_UNINDEXED
      if (isFarBehind && !mayLeaveOut) {
        throw new Unavailable(
          'Much was reported at once and is being indexed; search in a moment',
          RETRY_AFTER_SECONDS,
        )
      }
      const gap = isFarBehind ? await readGap(trx) : null
      const found = await searchStatement(text, query, range, gap?.before ?? 0, steps).execute(trx)
      return { stored: found.rows, gap }
    })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === QUERY_CANCELED) {
      throw new Unavailable(
        'The search took too long; narrow it by time, project or agent',
        RETRY_AFTER_SECONDS,
      )
    }
    throw error
  }
}

/** What lies between the index and the newest rows that can be looked at directly. */
async function readGap(db: Database): Promise<(SearchGap & { before: number }) | null> {
  const { rows } = await sql<{ before: number; from: Date; to: Date }>`
    SELECT newest.id AS before, newest.at AS to, oldest.at AS from FROM
      (SELECT id, at FROM events ORDER BY id DESC OFFSET ${MAX_UNINDEXED} LIMIT 1) AS newest,
      (SELECT at FROM events WHERE id > (SELECT indexed_through FROM event_search_position)
        ORDER BY id LIMIT 1) AS oldest`.execute(db)
  return rows[0] ?? null
}
