import { sql } from 'kysely'
import type { Database } from '../db/connect'
import { ALL_EVENTS } from '../filter/select'
import type { RosterView } from '../fleet/scoped-roster'
import { type Scope, scopeSql } from '../log/scope'
import { firstIdSince } from '../log/time-bounds'
import { dayAgo, hourAgo } from './event-figures'
import { readUsage, USAGE_SUMS, type Usage } from './usage'

/** A number for each step of time, oldest first, without gaps. */
export interface Series {
  readonly start: Date
  readonly stepMs: number
  readonly values: readonly number[]
}

/** How long agents waited for a human, of the waits that ended in the last day. */
export interface Waits {
  readonly count: number
  readonly median_ms: number
  readonly longest_ms: number
}

interface ModelUsage extends Usage {
  readonly model: string
}

/** What the metrics page shows beside the agents themselves. */
export interface Stats {
  /** Events by the minute. */
  readonly hour: Series
  /** Events by the quarter of an hour. */
  readonly day: Series
  readonly eventsByProject: ReadonlyMap<number, number>
  /** Dollars by the quarter of an hour. */
  readonly cost: Series
  readonly usage: { readonly hour: Usage; readonly day: Usage; readonly ever: Usage }
  /** Of the last day; the dearest first. */
  readonly byModel: readonly ModelUsage[]
  readonly costByProject: ReadonlyMap<number, number>
  readonly waits: Waits
}

export const MINUTE_MS = 60_000
export const QUARTER_MS = 900_000
const MODELS = 20
/** Waits are found among so many changes of state in the last day at most: they have no rollup. */
const MAX_TRANSITIONS = 2_000

/** Everything but the waits comes from rollups: ten million events cost no more than ten. */
export async function readStats({ db, roster }: Source, scope: Scope): Promise<Stats> {
  const [hour, day, cost, sums, waits, ever] = await Promise.all([
    readHour(db, scope),
    readDay({ db, roster }, scope),
    readCost(db, scope),
    readSums({ db, roster }, scope),
    readWaits(db, scope),
    readUsage(db, { ...ALL_EVENTS, scope }),
  ])
  const { hour: lastHour, day: lastDay, byModel, costByProject } = sums
  return {
    hour,
    ...day,
    cost,
    usage: { hour: lastHour, day: lastDay, ever },
    byModel,
    costByProject,
    waits,
  }
}

interface Source {
  readonly db: Database
  readonly roster: Pick<RosterView, 'project'>
}

interface Step {
  at: Date
  value: number
  now: Date
}

async function readHour(db: Database, scope: Scope): Promise<Series> {
  const { rows } = await sql<Step>`
    SELECT minute AS at, sum(count)::float8 AS value, now() AS now FROM event_counts
    WHERE minute BETWEEN ${hourAgo()} AND now() AND ${scopeSql(scope)}
    GROUP BY 1`.execute(db)
  return seriesOf(rows, MINUTE_MS, 61)
}

async function readDay({ db, roster }: Source, scope: Scope) {
  const { rows } = await sql<Step & { project_id: number }>`
    SELECT quarter AS at, project_id, sum(count)::float8 AS value, now() AS now
    FROM event_quarters
    WHERE quarter BETWEEN ${dayAgo()} AND now() AND ${scopeSql(scope)}
    GROUP BY 1, 2`.execute(db)
  return { day: seriesOf(rows, QUARTER_MS, 97), eventsByProject: sumByProject(rows, roster) }
}

async function readCost(db: Database, scope: Scope): Promise<Series> {
  const { rows } = await sql<Step>`
    SELECT date_bin('15 minutes', minute, 'epoch') AS at, sum(cost_usd)::float8 AS value,
      now() AS now
    FROM usage_deduplicated
    WHERE minute BETWEEN ${dayAgo()} AND now() AND ${usageTests(scope)}
    GROUP BY 1`.execute(db)
  return seriesOf(rows, QUARTER_MS, 97)
}

async function readSums({ db, roster }: Source, scope: Scope) {
  const { rows } = await sql<ModelUsage & { project_id: number; is_recent: boolean }>`
    SELECT model, project_id, minute >= ${hourAgo()} AS is_recent, ${USAGE_SUMS} FROM usage_deduplicated
    WHERE minute BETWEEN ${dayAgo()} AND now() AND ${usageTests(scope)}
    GROUP BY 1, 2, 3`.execute(db)
  const models = [...new Set(rows.map(({ model }) => model))].map((model) => ({
    model,
    ...addUp(rows.filter((row) => row.model === model)),
  }))
  const dearest = (a: ModelUsage, b: ModelUsage) =>
    b.cost_usd - a.cost_usd || b.output_tokens - a.output_tokens || (a.model < b.model ? -1 : 1)
  return {
    hour: addUp(rows.filter(({ is_recent }) => is_recent)),
    day: addUp(rows),
    byModel: models.sort(dearest).slice(0, MODELS),
    costByProject: sumByProject(
      rows.map((row) => ({ ...row, value: row.cost_usd })),
      roster,
    ),
  }
}

/** What ended is found by its time, what it began with by its agent: what came before costs nothing. */
async function readWaits(db: Database, scope: Scope): Promise<Waits> {
  const { rows } = await sql<{ count: number; median: number | null; longest: number | null }>`
    WITH newest AS MATERIALIZED (
      SELECT id, at, agent_id, data->>'from_state' AS left_state
      FROM events
      WHERE type = 'state_transition' AND ${scopeSql(scope)}
        AND id >= ${firstIdSince(sql`now() - interval '24 hours'`)}
      ORDER BY id DESC LIMIT ${MAX_TRANSITIONS}),
    waits AS (
      SELECT newest.at - entry.at AS lasted
      FROM newest JOIN agents ON agents.id = agent_id AND agents.parent_id IS NULL,
        LATERAL (SELECT at, data->>'to_state' AS entered FROM events
          WHERE agent_id = newest.agent_id AND type = 'state_transition' AND id < newest.id
            AND ${scopeSql(scope)}
          ORDER BY id DESC LIMIT 1) AS entry
      WHERE left_state = 'awaiting_input' AND entered = 'awaiting_input'
        AND newest.at >= now() - interval '24 hours')
    SELECT count(*) AS count, extract(epoch FROM max(lasted))::float8 * 1000 AS longest,
      extract(epoch FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY lasted))::float8 * 1000 AS median
    FROM waits`.execute(db)
  const { count = 0, median, longest } = rows[0] ?? {}
  return { count, median_ms: Math.round(median ?? 0), longest_ms: Math.round(longest ?? 0) }
}

/** Usage has no type that could be about access. */
function usageTests(scope: Scope) {
  return scopeSql({ ...scope, seesAccess: true })
}

/** By the database's clock, which wrote the rows; where there are none, ours will do. */
function seriesOf(rows: readonly Step[], stepMs: number, count: number): Series {
  const now = rows[0]?.now.getTime() ?? Date.now()
  const start = Math.floor(now / stepMs) * stepMs - (count - 1) * stepMs
  const values = Array.from({ length: count }, () => 0)
  for (const { at, value } of rows) {
    const index = Math.round((at.getTime() - start) / stepMs)
    if (index >= 0 && index < count) values[index] = (values[index] ?? 0) + value
  }
  return { start: new Date(start), stepMs, values }
}

/** Rows keep the project that they were written for; what was merged counts as its target. */
function sumByProject(
  rows: readonly { project_id: number; value: number }[],
  roster: Source['roster'],
): Map<number, number> {
  const sums = new Map<number, number>()
  for (const { project_id, value } of rows) {
    const id = roster.project(project_id)?.id ?? project_id
    sums.set(id, (sums.get(id) ?? 0) + value)
  }
  return sums
}

function addUp(rows: readonly Usage[]): Usage {
  const sum = (key: keyof Usage) => rows.reduce((total, row) => total + row[key], 0)
  return {
    input_tokens: sum('input_tokens'),
    output_tokens: sum('output_tokens'),
    cache_read_tokens: sum('cache_read_tokens'),
    cache_creation_tokens: sum('cache_creation_tokens'),
    cost_usd: sum('cost_usd'),
  }
}
