import { type Kysely, sql } from 'kysely'
import type { Database } from '../db/connect'
import type { Schema } from '../db/schema'
import { type RetentionClock, readClock } from './retention-clock'

export interface RetentionLimits {
  /** Events and keys of reports that are older than this are removed. */
  readonly days: number
  /** So many of the newest events are kept; null: however many there are. */
  readonly maxEvents: number | null
}

export interface Removed {
  readonly events: number
  readonly keys: number
  /** The id up to which nothing is kept; null if no event was removed. */
  readonly through: number | null
  /** By which events were old; null where another process was at it. */
  readonly clock: RetentionClock | null
}

interface RetentionOptions {
  /** For reading; counting ten million rows may take a second or two. */
  readonly db: Database
  /** For the short transactions. */
  readonly writing: Database
  readonly limits: RetentionLimits
  readonly stepRows?: number
  /** Between two steps, so that other work on the disk gets its turn. */
  readonly pauseMs?: number
}

const STEP_ROWS = 500
const PAUSE_MS = 20
const DAY_MS = 86_400_000

/**
 * Removes the oldest events, in steps that are short transactions, each in one process at a time.
 * They lock what they remove and the log's floor, and nothing that a writer or a reader waits for.
 * The floor moves in the same transaction, so a reader sees the rows or that they are gone.
 */
export class Retention {
  /** Since the start of this process. */
  readonly counters = { events: 0, keys: 0 }

  constructor(private readonly options: RetentionOptions) {}

  /** Removes all that is beyond the limits, unless `signal` or another process breaks it off. */
  async run(signal?: AbortSignal): Promise<Removed> {
    const { db, limits } = this.options
    const clock = await this.tick()
    if (!clock) return { events: 0, keys: 0, through: null, clock }
    const before = new Date(clock.believedAt - limits.days * DAY_MS)
    const surplus = limits.maxEvents === null ? null : await lastBeyond(db, limits.maxEvents)
    let events = 0
    let through: number | null = null
    await this.repeat(signal, async (trx, rows) => {
      const step = await removeEvents(trx, { rows, before, surplus })
      events += step.events
      this.counters.events += step.events
      through = step.through ?? through
      return step.events
    })
    let keys = 0
    await this.repeat(signal, async (trx, rows) => {
      const removed = await removeKeys(trx, { rows, before })
      keys += removed
      this.counters.keys += removed
      return removed
    })
    return { events, keys, through, clock }
  }

  private tick(): Promise<RetentionClock | null> {
    return this.options.writing.transaction().execute(async (trx) => {
      return (await isOurTurn(trx)) ? readClock(trx) : null
    })
  }

  /** Step after step, until one finds nothing. */
  private async repeat(
    signal: AbortSignal | undefined,
    step: (trx: Kysely<Schema>, rows: number) => Promise<number>,
  ): Promise<void> {
    const { writing, stepRows = STEP_ROWS, pauseMs = PAUSE_MS } = this.options
    while (!signal?.aborted) {
      const removed = await writing.transaction().execute(async (trx) => {
        return (await isOurTurn(trx)) ? step(trx, stepRows) : 0
      })
      if (removed === 0) return
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}

async function isOurTurn(trx: Kysely<Schema>): Promise<boolean> {
  const { rows } = await sql<{ mine: boolean }>`
    SELECT pg_try_advisory_xact_lock(hashtext('muster.retention')) AS mine`.execute(trx)
  return rows[0]?.mine === true
}

/**
 * The newest id that is beyond the newest `maxEvents` rows; null if there are no more than that.
 * It counts rows, since ids have gaps, and counts from the top, since rows that arrive or that
 * another process removes meanwhile can then only make it remove too little. The distance of the
 * ids, which costs nothing, says beforehand whether there can be so many.
 */
async function lastBeyond(db: Database, maxEvents: number): Promise<number | null> {
  const { rows } = await sql<{ most: number | null }>`
    SELECT max(id) - min(id) + 1 AS most FROM events`.execute(db)
  if ((rows[0]?.most ?? 0) <= maxEvents) return null
  const beyond = await sql<{ id: number }>`
    SELECT id FROM events ORDER BY id DESC OFFSET ${maxEvents} LIMIT 1`.execute(db)
  return beyond.rows[0]?.id ?? null
}

interface Step {
  readonly rows: number
  /** What is older than this goes. */
  readonly before: Date
}

/**
 * Looks at the lowest ids only, because nothing tells where in the log a time is. Rows go up to the
 * last old one before the first young one. A time that cannot be, infinite or yet to come, says
 * nothing: such a row goes with its neighbours, for others can insert what they like.
 */
async function removeEvents(
  trx: Kysely<Schema>,
  { rows: count, before, surplus }: Step & { surplus: number | null },
): Promise<{ events: number; through: number | null }> {
  const { rows } = await sql<{ through: number | null }>`
    WITH oldest AS MATERIALIZED (
      SELECT id, ${isOld(before)} AS is_old FROM events ORDER BY id LIMIT ${count}
    ), old AS (
      SELECT max(id) AS id FROM oldest
      WHERE is_old AND id < coalesce(
        (SELECT min(id) FROM oldest WHERE NOT is_old), ${Number.MAX_SAFE_INTEGER})
    ), timeless AS (
      SELECT max(id) AS id FROM oldest HAVING count(is_old) = 0
    )
    SELECT greatest(
      (SELECT id FROM old),
      (SELECT id FROM timeless WHERE (
        SELECT ${isOld(before)} FROM events
        WHERE id > timeless.id AND ${isOld(before)} IS NOT NULL ORDER BY id LIMIT 1)),
      (SELECT max(id) FROM oldest WHERE id <= ${surplus}::bigint)
    ) AS through`.execute(trx)
  const through = rows[0]?.through ?? null
  if (through === null) return { events: 0, through }
  await sql`DELETE FROM event_search WHERE event_id <= ${through}`.execute(trx)
  const removed = await trx.deleteFrom('events').where('id', '<=', through).executeTakeFirst()
  await trx
    .updateTable('log_floor')
    .set({ trimmed_through: through })
    .where('trimmed_through', '<', through)
    .execute()
  return { events: Number(removed.numDeletedRows), through }
}

/** Whether a row is old; null if its time says nothing: it is none, or yet to come. */
function isOld(before: Date) {
  return sql<boolean | null>`CASE
    WHEN at = '-infinity' OR at > statement_timestamp() THEN NULL
    ELSE at < ${before} END`
}

/** A report that is sent twice counts once, for as long as its events may be there. */
async function removeKeys(trx: Kysely<Schema>, { rows, before }: Step): Promise<number> {
  const { numAffectedRows } = await sql`
    DELETE FROM report_keys WHERE (project_id, key) IN (
      SELECT project_id, key FROM report_keys
      WHERE at < ${before}
      ORDER BY at LIMIT ${rows})`.execute(trx)
  return Number(numAffectedRows ?? 0)
}
