import { type Kysely, type Selectable, sql } from 'kysely'
import type { Schema } from '../db/schema'

/** The time by which the retention tells what is old. All in ms; times are Unix times. */
export interface RetentionClock {
  /** The database's clock at the last run. */
  readonly seenAt: number
  /** What is believed of it: the same, or less after a jump. */
  readonly believedAt: number
  /** For how long Muster has run since the two parted. */
  readonly doubtedMs: number
}

const MINUTE_MS = 60_000
const DAY_MS = 1_440 * MINUTE_MS
/** Runs that are no further apart than this say that Muster ran in between. */
const RUNNING_MS = 15 * MINUTE_MS
/** A clock that went on by more between two runs has jumped, or no process ran meanwhile. */
const JUMP_MS = DAY_MS
/** For so long Muster has to run by the new time before it is believed. */
const DOUBT_MS = DAY_MS
/** Then it is caught up with so many times as fast as time goes: a hundred days in 33 hours. */
const CATCH_UP = 72

/** Rows among which one has a time that can be believed. */
const NEWEST = 100

type Stored = Pick<Selectable<Schema['retention_clock']>, 'believed_at' | 'doubted_ms'>

/**
 * The clock at a run at which the database's says `now`. A log must not be emptied because a clock
 * was set ahead: a jump of more than a day counts after a day of running, and bit by bit. A clock
 * that is set back is believed at once: it removes less.
 */
export function nextClock(known: RetentionClock | null, now: number): RetentionClock {
  if (!known || now <= known.believedAt) return { seenAt: now, believedAt: now, doubtedMs: 0 }
  const passed = now - known.seenAt
  const isDoubted = known.believedAt < known.seenAt
  const isBackInReach = passed < 0 && now - known.believedAt <= JUMP_MS
  if (isBackInReach || (!isDoubted && passed <= JUMP_MS)) {
    return { seenAt: now, believedAt: now, doubtedMs: 0 }
  }
  const ran = passed >= 0 && passed <= RUNNING_MS ? passed : 0
  const doubtedMs = known.doubtedMs + ran
  const gone = passed > JUMP_MS ? 0 : Math.max(0, passed)
  const caughtUp = doubtedMs >= DOUBT_MS ? ran * CATCH_UP : 0
  const believedAt = Math.min(now, known.believedAt + gone + caughtUp)
  return { seenAt: now, believedAt, doubtedMs: believedAt === now ? 0 : doubtedMs }
}

/**
 * Takes the clock to its next state. The caller holds the lock of the retention. Before the first
 * run, as after a restore, the newest rows of the log say until when its times are sure.
 */
export async function readClock(trx: Kysely<Schema>): Promise<RetentionClock> {
  const { rows } = await sql<{ now: Date; seen_at: Date | null } & Partial<Stored>>`
    SELECT statement_timestamp() AS now, coalesce(known.seen_at, newest.at) AS seen_at,
      coalesce(known.believed_at, newest.at) AS believed_at, coalesce(doubted_ms, 0) AS doubted_ms
    FROM (
      SELECT max(at) AS at FROM (SELECT at FROM events ORDER BY id DESC LIMIT ${NEWEST}) AS newest
      WHERE isfinite(at) AND at < statement_timestamp()
    ) AS newest LEFT JOIN retention_clock AS known ON true`.execute(trx)
  const [row] = rows
  if (!row) throw new Error('The database did not say what time it is')
  const { now, seen_at, believed_at, doubted_ms = 0 } = row
  const known =
    seen_at && believed_at
      ? { seenAt: seen_at.getTime(), believedAt: believed_at.getTime(), doubtedMs: doubted_ms }
      : null
  const clock = nextClock(known, now.getTime())
  const values = {
    seen_at: new Date(clock.seenAt),
    believed_at: new Date(clock.believedAt),
    doubted_ms: clock.doubtedMs,
  }
  await trx
    .insertInto('retention_clock')
    .values(values)
    .onConflict((conflict) => conflict.column('singleton').doUpdateSet(values))
    .execute()
  return clock
}
