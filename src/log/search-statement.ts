import { type RawBuilder, sql } from 'kysely'
import { ROW_COLUMNS, type StoredRow } from './history'
import type { EventQuery, EventRange, Mark } from './search-query'
import { firstIdAfter, firstIdSince } from './time-bounds'

/** Of the log's rows in one segment of the index: event_words() in migrations/0003-search.sql. */
const SEGMENT_BITS = sql.lit(14)
/** The index of migrations/0016-search-sample.sql: one row in 1,024. */
const IN_SAMPLE = sql`hashint8(event_id) & 1023 = 0`

/** How a search goes about the index. */
export interface SearchSteps {
  /** So many rows are looked at one by one before the index is asked: there a frequent word is found. */
  readonly firstRows: number
  /** So many segments are searched before the sample is asked how rare the words are. */
  readonly nearSegments: number
  /** So much of the sample may have rare words: then they are in about as many rows as a segment holds. */
  readonly rareSampled: number
}

export const SEARCH_STEPS: SearchSteps = { firstRows: 500, nearSegments: 4, rareSampled: 4 }

/** Without words: a walk along the index of the filter. */
export function browseStatement(query: EventQuery, range: EventRange): RawBuilder<StoredRow> {
  return sql`
    SELECT ${ROW_COLUMNS} FROM events
    WHERE id BETWEEN ${low(query, range)} AND ${high(query, range)} AND ${query.where}
    ORDER BY id ${order(range)} LIMIT ${range.limit}`
}

/**
 * Searches in one snapshot: of the rows behind the index, directly, and of the index, part by part
 * from the end where the page begins. Parts are taken in their order and the limit ends it: a
 * frequent word is found among the first rows, a rare one costs a handful of probes of the index.
 * In a large log the planner takes a walk through all of it for cheaper, so bounds are values and not
 * columns of a join, and what is added to ids keeps them from the primary key.
 */
export function searchStatement(
  text: string,
  query: EventQuery,
  range: EventRange,
  lookedAtAfter: number,
  steps: SearchSteps = SEARCH_STEPS,
): RawBuilder<StoredRow> {
  const { limit } = range
  const wanted = sql`(SELECT words && ${marksQuery(query)} FROM bounds)`
  return sql`
    WITH RECURSIVE bounds AS MATERIALIZED (
      SELECT ${low(query, range)} AS low, ${high(query, range)} AS high,
        event_search_query(${text}) AS words,
        (SELECT indexed_through FROM event_search_position) AS indexed
    ), first AS MATERIALIZED (
      SELECT event_id, words FROM event_search
      WHERE event_id BETWEEN (SELECT low FROM bounds) AND (SELECT high FROM bounds)
      ORDER BY event_id ${order(range)} LIMIT ${steps.firstRows}
    ), rest AS MATERIALIZED (${rest(range, steps)}
    ), probes AS (${probes(wanted, range, steps)})
    SELECT ${ROW_COLUMNS} FROM (
      (SELECT events.* FROM events
        WHERE id > (SELECT greatest(indexed, ${lookedAtAfter}::bigint) FROM bounds)
          AND id BETWEEN (SELECT low FROM bounds) AND (SELECT high FROM bounds)
          AND ${query.where} AND event_words(events) @@ (SELECT words FROM bounds)
        ORDER BY id ${order(range)} LIMIT ${limit})
      UNION ALL
      (SELECT own.* FROM (
          (SELECT event_id FROM first WHERE words @@ ${wanted})
          UNION ALL
          (SELECT hit.event_id FROM probes, LATERAL (${hits(wanted, range)}) AS hit
            WHERE segment IS NOT NULL)
        ) AS indexed,
        LATERAL (SELECT * FROM events WHERE id = indexed.event_id AND ${query.where} OFFSET 0) AS own
        WHERE numnode((SELECT words FROM bounds)) > 0 LIMIT ${limit})
    ) AS found ORDER BY id ${order(range)} LIMIT ${limit}`
}

/** What the index holds beyond the first rows; nothing where those were all. */
function rest(range: EventRange, { firstRows }: SearchSteps): RawBuilder<unknown> {
  const last = sql`(SELECT event_id FROM first OFFSET ${firstRows - 1})`
  return isUpward(range)
    ? sql`SELECT coalesce(${last}, high) + 1 AS low, high FROM bounds`
    : sql`SELECT low, coalesce(${last}, low) - 1 AS high FROM bounds`
}

/**
 * Where the index is asked: the segments that hold rows, from the one where the page goes on. After
 * some of them, the sample says whether the words are rare in the rest; then that is one probe. What
 * is frequent only far from there is looked for segment by segment. Ids have gaps of any size.
 */
function probes(
  wanted: RawBuilder<unknown>,
  range: EventRange,
  { nearSegments, rareSampled }: SearchSteps,
): RawBuilder<unknown> {
  const lowest = sql`(SELECT low FROM rest)`
  const highest = sql`(SELECT high FROM rest)`
  // One probe of the primary key each: a join with the bounds would read all there is.
  const next = (from: RawBuilder<unknown>, to: RawBuilder<unknown>) => sql`
    (SELECT event_id >> ${SEGMENT_BITS} FROM event_search
      WHERE event_id BETWEEN ${from} AND ${to} ORDER BY event_id ${order(range)} LIMIT 1)`
  const following = isUpward(range)
    ? next(sql`(segment + 1) << ${SEGMENT_BITS}`, highest)
    : next(lowest, sql`(segment << ${SEGMENT_BITS}) - 1`)
  // Where no word has to be there, one probe would read the index from end to end.
  const isRare = sql`number = ${sql.lit(nearSegments)} AND querytree(${wanted}) NOT IN ('', 'T') AND (
    SELECT count(*) <= ${rareSampled}::int FROM (
      SELECT FROM event_search WHERE ${IN_SAMPLE} AND words @@ ${wanted}
        AND event_id + 0 BETWEEN ${lowest} AND ${highest}
      LIMIT ${rareSampled + 1}) AS sampled)`
  return sql`
    SELECT ${next(lowest, highest)} AS segment, 1 AS number, false AS is_rest
    UNION ALL
    SELECT CASE WHEN is_rare THEN segment ELSE ${following} END, number + 1, is_rare
    FROM (SELECT segment, number, ${isRare} AS is_rare FROM probes
      WHERE segment IS NOT NULL AND NOT is_rest OFFSET 0) AS last`
}

/** Ids in the order of the page: of a probe's segment, or of all that comes after it. */
function hits(wanted: RawBuilder<unknown>, range: EventRange): RawBuilder<unknown> {
  const segmentOf = sql`event_id >> ${SEGMENT_BITS}`
  const isAfter = isUpward(range) ? sql`${segmentOf} > segment` : sql`${segmentOf} < segment`
  return sql`
    SELECT event_id + 0 AS event_id FROM event_search
    WHERE words @@ (${wanted} && CASE WHEN is_rest THEN ''::tsquery ELSE ${segmentMark(sql`segment`)} END)
      AND event_id + 0 BETWEEN (SELECT low FROM rest) AND (SELECT high FROM rest)
      AND (NOT is_rest OR ${isAfter})
    ORDER BY 1 ${order(range)}`
}

function low({ since }: EventQuery, { after }: EventRange): RawBuilder<number> {
  const first = (after ?? -1) + 1
  if (!since) return sql`${first}::bigint`
  return sql`greatest(${first}::bigint, ${firstIdSince(sql`${since}::timestamptz`)})`
}

function high({ until }: EventQuery, { before, through }: EventRange): RawBuilder<number> {
  const last = Math.min(through ?? Number.MAX_SAFE_INTEGER, (before ?? Number.MAX_SAFE_INTEGER) - 1)
  if (!until) return sql`${last}::bigint`
  return sql`least(${last}::bigint, ${firstIdAfter(sql`${until}::timestamptz`)})`
}

/** `where` decides; the marks only make the search look at less. */
function marksQuery({ marks }: EventQuery): RawBuilder<unknown> {
  const groups = marks.map((group) => `(${group.map(printMark).join(' | ')})`)
  return sql`${groups.join(' & ')}::tsquery`
}

function printMark([kind, value]: Mark): string {
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
