import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../db/connect'
import type { EventRow } from './event-row'
import type { EventFilter } from './filter'
import { matches, ROW_COLUMNS, type StoredRow, toEventRow } from './history'

/** What somebody looks for in the log; null where it does not matter. */
export interface EventQuery {
  readonly filter: EventFilter
  /** Words, "phrases", `or` and -words, as people type them. */
  readonly text: string | null
  /** When the row was stored: at this time or later. */
  readonly since: Date | null
  /** At this time or earlier. */
  readonly until: Date | null
}

/** Which page of what was found: the newest ones below `before`, or the next ones above `after`. */
export interface EventRange {
  readonly limit: number
  readonly before?: number | null
  readonly after?: number | null
  /** Rows above this id are not looked at. */
  readonly through?: number
}

/** Rows between these times were not searched: they are being indexed. */
export interface SearchGap {
  readonly from: Date
  readonly to: Date
}

/** The log is being searched faster than it can be, or has grown faster than it is indexed. */
export class SearchBusy extends Error {
  readonly retryAfterSeconds = 5
}

/** Rows that are not in the index yet are searched one by one, up to so many. */
const MAX_UNINDEXED = 5_000
const SEARCH_MS = 2_000
/** Clocks are set back now and then; where a time is in the log is known about so well. */
const CLOCK_SLACK = sql`interval '10 minutes'`
/** Of the log's rows in one segment of the index: event_words() in migrations/0003-search.sql. */
const SEGMENT_BITS = sql.lit(14)
const QUERY_CANCELED = '57014'

/**
 * A page of what matches, newest first, complete up to the log's head at this moment: what the index
 * does not hold yet is looked at directly. Throws SearchBusy rather than leave anything out.
 */
export async function findEvents(
  db: Database,
  query: EventQuery,
  range: EventRange,
): Promise<EventRow[]> {
  // Without a walk: there is nothing that it could find.
  if (query.filter.scope.projectIds?.length === 0) return []
  const rows =
    query.text === null
      ? await sql<StoredRow>`${browse(query, range)}`.execute(db).then((result) => result.rows)
      : (await search(db, query.text, query, range, false)).stored
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
  if (query.text === null || query.filter.scope.projectIds?.length === 0) {
    return { rows: await findEvents(db, query, range), gap: null }
  }
  const { stored, gap } = await search(db, query.text, query, range, true)
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
    WHERE id = ANY(${[...ids]}::bigint[]) AND ${tests(query)} AND ${words}`.execute(db)
  return new Set(rows.map((row) => row.id))
}

function browse(query: EventQuery, range: EventRange): RawBuilder<StoredRow> {
  return sql`
    SELECT ${ROW_COLUMNS} FROM events
    WHERE id BETWEEN ${low(query, range)} AND ${high(query, range)} AND ${tests(query)}
    ORDER BY id ${order(range)} LIMIT ${range.limit}`
}

/** In a transaction of its own, which the database gives up when it takes too long. */
async function search(
  db: Database,
  text: string,
  query: EventQuery,
  range: EventRange,
  mayLeaveOut: boolean,
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
        throw new SearchBusy('Much was reported at once and is being indexed; search in a moment')
      }
      const gap = isFarBehind ? await readGap(trx) : null
      const found = await searchStatement(text, query, range, gap?.before ?? 0).execute(trx)
      return { stored: found.rows, gap }
    })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === QUERY_CANCELED) {
      throw new SearchBusy('The search took too long; narrow it by time, project or agent')
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

/**
 * Two searches in one snapshot: of the rows behind the index, directly, and of the index, segment by
 * segment from the end where the page begins. A lateral join is a nested loop, so the segments are
 * taken in their order and the limit ends it: a frequent word is found in the first segments, a rare
 * one costs a look at the index for each. In a large log the planner takes a walk through all of it
 * for cheaper, so the bounds of the one are values and not columns of a join, and what is added to
 * the ids of the other keeps it from the primary key.
 */
function searchStatement(
  text: string,
  query: EventQuery,
  range: EventRange,
  lookedAtAfter: number,
): RawBuilder<StoredRow> {
  const words = sql`event_search_query(${text})`
  const { limit } = range
  return sql`
    WITH RECURSIVE bounds AS MATERIALIZED (
      SELECT ${low(query, range)} AS low, ${high(query, range)} AS high, ${words} AS words,
        (SELECT indexed_through FROM event_search_position) AS indexed
    ), segments AS (${segments(range)})
    SELECT ${ROW_COLUMNS} FROM (
      (SELECT events.* FROM events
        WHERE id > (SELECT greatest(indexed, ${lookedAtAfter}::bigint) FROM bounds)
          AND id BETWEEN (SELECT low FROM bounds) AND (SELECT high FROM bounds)
          AND ${tests(query)} AND event_words(events) @@ (SELECT words FROM bounds)
        ORDER BY id ${order(range)} LIMIT ${limit})
      UNION ALL
      (SELECT hit.* FROM segments, bounds, LATERAL (
        SELECT events.* FROM event_search JOIN events ON id = event_id
        WHERE event_search.words @@
            (bounds.words && ${marks(query.filter)} && ${segmentMark(sql`segment`)})
          AND event_id + 0 BETWEEN low AND high AND numnode(bounds.words) > 0 AND ${tests(query)}
        ORDER BY event_id + 0 ${order(range)} LIMIT ${limit}) AS hit
        WHERE segment IS NOT NULL LIMIT ${limit})
    ) AS found ORDER BY id ${order(range)} LIMIT ${limit}`
}

/** The segments that hold rows, from the one where the page begins. Ids have gaps of any size. */
function segments(range: EventRange): RawBuilder<unknown> {
  const lowest = sql`(SELECT low FROM bounds)`
  const highest = sql`(SELECT high FROM bounds)`
  // One probe of the primary key each: a join with the bounds would read all there is.
  const next = (from: RawBuilder<unknown>, to: RawBuilder<unknown>) => sql`
    (SELECT event_id >> ${SEGMENT_BITS} FROM event_search
      WHERE event_id BETWEEN ${from} AND ${to} ORDER BY event_id ${order(range)} LIMIT 1)`
  const rest = isUpward(range)
    ? next(sql`(segment + 1) << ${SEGMENT_BITS}`, highest)
    : next(lowest, sql`(segment << ${SEGMENT_BITS}) - 1`)
  return sql`
    SELECT ${next(lowest, highest)} AS segment
    UNION ALL SELECT ${rest} FROM segments WHERE segment IS NOT NULL`
}

function tests({ filter, since, until }: EventQuery): RawBuilder<boolean> {
  const all = [matches(filter)]
  if (since) all.push(sql`at >= ${since}::timestamptz`)
  if (until) all.push(sql`at <= ${until}::timestamptz`)
  return sql<boolean>`${sql.join(all, sql` AND `)}`
}

function low({ since }: EventQuery, { after }: EventRange): RawBuilder<number> {
  const first = (after ?? -1) + 1
  if (!since) return sql`${first}::bigint`
  return sql`greatest(${first}::bigint, (SELECT first_event_at(${since}::timestamptz - ${CLOCK_SLACK})))`
}

function high({ until }: EventQuery, { before, through }: EventRange): RawBuilder<number> {
  const last = Math.min(through ?? Number.MAX_SAFE_INTEGER, (before ?? Number.MAX_SAFE_INTEGER) - 1)
  if (!until) return sql`${last}::bigint`
  return sql`least(${last}::bigint, (SELECT first_event_at(${until}::timestamptz + ${CLOCK_SLACK})))`
}

/** What the index knows of the filter; `matches` decides, this only makes it look at less. */
function marks({ types, projectIds, agentIds, states, scope }: EventFilter): RawBuilder<unknown> {
  const groups = [
    // How long a search takes must not tell what there is beyond the scope.
    (scope.projectIds ?? []).map((id) => mark('project', id)),
    types.map((type) => mark('type', type)),
    projectIds.map((id) => mark('project', id)),
    agentIds.map((id) => mark('agent', id)),
    states.map((state) => mark('state', state)),
  ].filter((group) => group.length > 0)
  return sql`${groups.map((group) => `(${group.join(' | ')})`).join(' & ')}::tsquery`
}

function mark(kind: string, value: string | number): string {
  return `'\u0001${kind}:${String(value).replace(/['\\]/g, '$&$&')}'`
}

function segmentMark(segment: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`('''' || chr(1) || 'segment:' || ${segment} || '''')::tsquery`
}

function isUpward({ after }: EventRange): boolean {
  return after != null
}

function order(range: EventRange): RawBuilder<unknown> {
  return isUpward(range) ? sql`ASC` : sql`DESC`
}
