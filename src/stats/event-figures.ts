import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../db/connect'
import type { EventFilter } from '../filter/filter'
import { filterSql, isSummed, sumsSql } from '../filter/sql'
import { scopeSql } from '../log/scope'

/** Numbers of events that a filter selects. */
export interface EventFigures {
  readonly events_total: number
  /** In the last 60 minutes, whole minutes: at least an hour and less than 61 minutes. */
  readonly rate_last_hour: number
  /** In the last 24 hours, whole quarters of an hour: at least a day and less than 24 h 15 min. */
  readonly rate_last_24h: number
  /** False where there was more to count than is looked at: `events_total` is a lower bound then. */
  readonly events_complete: boolean
}

/** Most rows that are looked at for a filter which the rollups do not know. */
export const MAX_COUNTED_ROWS = 10_000

/**
 * Counts what the filter selects. By type and project it reads the rollups, so the number of events
 * does not matter; by agent or state it counts the newest retained rows, at most MAX_COUNTED_ROWS.
 */
export function readEventFigures(db: Database, filter: EventFilter): Promise<EventFigures> {
  return isSummed(filter, 'events') ? readRollups(db, filter) : countRows(db, filter)
}

async function readRollups(db: Database, filter: EventFilter): Promise<EventFigures> {
  const selected = sumsSql(filter, 'events')
  const { rows } = await sql<{ total: number; hour: number; day: number }>`
    SELECT
      (SELECT coalesce(sum(count), 0)::bigint FROM event_totals WHERE ${selected}) AS total,
      (SELECT coalesce(sum(count), 0)::bigint FROM event_counts
        WHERE minute >= ${hourAgo()} AND ${selected}) AS hour,
      (SELECT coalesce(sum(count), 0)::bigint FROM event_quarters
        WHERE quarter >= ${dayAgo()} AND ${selected}) AS day`.execute(db)
  const { total = 0, hour = 0, day = 0 } = rows[0] ?? {}
  return { events_total: total, rate_last_hour: hour, rate_last_24h: day, events_complete: true }
}

/** Each read has a bound of its own, so that a filter that selects little does not search all. */
async function countRows(db: Database, filter: EventFilter): Promise<EventFigures> {
  const { rows: newest, bound } = newestRows(filter)
  const { rows } = await sql<{
    total: number
    hour: number
    day: number
    looked: number
  }>`
    WITH newest AS MATERIALIZED (${newest}),
      selected AS (SELECT at FROM newest WHERE is_selected)
    SELECT (SELECT count(*) FROM selected) AS total,
      (SELECT count(*) FROM selected WHERE at >= ${hourAgo()}) AS hour,
      (SELECT count(*) FROM selected WHERE at >= ${dayAgo()}) AS day,
      (SELECT coalesce(max(count), 0) FROM (
        SELECT count(*) FROM newest GROUP BY part) AS parts) AS looked`.execute(db)
  const { total = 0, hour = 0, day = 0, looked = 0 } = rows[0] ?? {}
  return {
    events_total: total,
    rate_last_hour: hour,
    rate_last_24h: day,
    events_complete: looked < bound,
  }
}

/**
 * The newest rows within the scope, at most `bound` of each part: an agent, or the whole log. What
 * others do must neither take the place of one's own rows nor show in whether all were counted.
 */
function newestRows(filter: EventFilter): {
  rows: RawBuilder<unknown>
  bound: number
} {
  const { agents, scope } = filter
  const newest = (test: RawBuilder<unknown>, bound: number) => sql`
    SELECT id, at, (${filterSql(filter)}) AS is_selected FROM events
    WHERE ${test} AND ${scopeSql(scope)}
    ORDER BY events.id DESC LIMIT ${bound}`
  if (agents) {
    const bound = Math.ceil(MAX_COUNTED_ROWS / Math.max(1, agents.length))
    const own = newest(sql`agent_id = wanted.part`, bound)
    const rows = sql`SELECT part, own.* FROM ${each(agents)}, LATERAL (${own}) AS own`
    return { rows, bound }
  }
  const bound = MAX_COUNTED_ROWS
  if (!scope.projectIds)
    return { rows: sql`SELECT 0 AS part, own.* FROM (${newest(sql`true`, bound)}) AS own`, bound }
  // Project by project, by the index: the rows of others are not even walked over.
  const own = newest(sql`project_id = wanted.part`, bound)
  const rows = sql`SELECT 0 AS part, own.* FROM ${each(scope.projectIds)}, LATERAL (${own}) AS own
    ORDER BY own.id DESC LIMIT ${bound}`
  return { rows, bound }
}

function each(ids: readonly number[]): RawBuilder<unknown> {
  return sql`unnest(${[...ids]}::bigint[]) AS wanted (part)`
}

// The time of the statement: a clock that goes on meanwhile could not be looked up in an index.

export function hourAgo(): RawBuilder<Date> {
  return sql`date_trunc('minute', now() - interval '60 minutes')`
}

export function dayAgo(): RawBuilder<Date> {
  return sql`date_bin('15 minutes', now() - interval '24 hours', 'epoch')`
}
