import { statfs } from 'node:fs/promises'
import { sql } from 'kysely'
import type { Database } from './connect'

/** Another transaction, of whatever program, that keeps Muster from writing. */
interface LockHolder {
  readonly pid: number
  /** What its program calls itself; may be empty. */
  readonly application: string
  readonly user: string
  /** `active`, `idle in transaction` and so on. */
  readonly state: string
  /** When its transaction began: ISO 8601, to the second. */
  readonly since: string
}

/** Why the database takes no reports, where more is known than that it does not. */
export type Trouble =
  | { readonly kind: 'disk_full'; readonly message: string }
  | { readonly kind: 'locked'; readonly message: string; readonly holders: readonly LockHolder[] }

/** PostgreSQL needs so much for the next segment of its own log. */
const NEEDED_BYTES = 16 * 1024 * 1024
const MAX_HOLDERS = 5

export const DISK_FULL: Trouble = {
  kind: 'disk_full',
  message: 'The disk of the database is full: nothing can be stored until there is room',
}

/** Whether the folder's disk has no room for what PostgreSQL needs to go on. */
export async function isDiskFull(folder: string): Promise<boolean> {
  const { bavail, bsize, files, ffree } = await statfs(folder)
  return bavail * bsize < NEEDED_BYTES || (files > 0 && ffree === 0)
}

export function lockedBy(holders: readonly LockHolder[]): Trouble {
  const named = holders.map(
    ({ pid, application, since }) =>
      `pid ${pid}, ${application || 'a program without a name'}, since ${since}`,
  )
  return {
    kind: 'locked',
    message: `Another transaction holds the log: ${named.join('; ')}`,
    holders,
  }
}

/**
 * The transactions that Muster's connections to this database wait for: those at the head of the
 * line, which wait for no other; the oldest first, at most five.
 */
export async function findLockHolders(db: Database): Promise<LockHolder[]> {
  const { rows } = await sql<LockHolder>`
    WITH blocking AS (
      SELECT DISTINCT unnest(pg_blocking_pids(pid)) AS pid FROM pg_stat_activity
      WHERE datname = current_database() AND usename = current_user
        AND application_name LIKE 'muster%' AND wait_event_type = 'Lock'
    )
    SELECT ${HOLDER} FROM blocking JOIN pg_stat_activity AS holder USING (pid)
    WHERE cardinality(pg_blocking_pids(pid)) = 0 AND xact_start IS NOT NULL
    ORDER BY xact_start LIMIT ${MAX_HOLDERS}`.execute(db)
  return rows
}

/** Those of the holders whose transactions are still open. */
export async function stillHolding(
  db: Database,
  holders: readonly LockHolder[],
): Promise<LockHolder[]> {
  const { rows } = await sql<LockHolder>`
    SELECT ${HOLDER} FROM pg_stat_activity AS holder
    WHERE pid = ANY(${holders.map(({ pid }) => pid)}::int[]) AND xact_start IS NOT NULL
    ORDER BY xact_start`.execute(db)
  return rows.filter(({ pid, since }) =>
    holders.some((holder) => holder.pid === pid && holder.since === since),
  )
}

/** What another user's connection does is seen by superusers and members of pg_read_all_stats. */
const HOLDER = sql`holder.pid, coalesce(application_name, '') AS application,
  coalesce(usename, '') AS "user", coalesce(state, 'unknown') AS state,
  to_char(xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since`
