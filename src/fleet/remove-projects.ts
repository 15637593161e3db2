import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Schema } from '../db/schema'
import { appendEvents } from '../log/append'

/** What the log's own triggers count. */
const ROLLUPS = ['event_counts', 'event_quarters', 'event_totals', 'usage_minutes', 'usage_totals']

/**
 * Removes projects with all that was reported in them, and says so in the log: a row of no project,
 * because theirs is gone. To be called last in a transaction that has locked them.
 */
export async function removeProjects(
  trx: Kysely<Schema>,
  projects: readonly { id: number; name: string }[],
  actorId: string,
): Promise<void> {
  await removeRows(
    trx,
    projects.map(({ id }) => id),
  )
  const rows = projects.map(({ id, name }) => ({
    type: 'project_changed',
    summary: `Project ${name} was removed`,
    data: { action: 'deleted', project_id: id, name },
    projectId: null,
    agentId: null,
    turnId: null,
    state: null,
    reportedAt: null,
    actorId,
  }))
  await appendEvents(trx, rows)
}

/**
 * In the order in which the tables refer to each other, and in which writers lock: agents and debates
 * before the log, its counts after it. Most rows are gone before a writer has to wait.
 */
async function removeRows(trx: Kysely<Schema>, projectIds: number[]): Promise<void> {
  const ids = sql`ANY(${projectIds}::bigint[])`
  await removeReported(trx, ids)
  // Reports about them wait; in their order, or they would wait for each other.
  await sql`SELECT FROM agents WHERE project_id = ${ids} ORDER BY key FOR UPDATE`.execute(trx)
  await removeReported(trx, ids)
  await sql`DELETE FROM turns WHERE agent_id IN (SELECT id FROM agents WHERE project_id = ${ids})`.execute(
    trx,
  )
  await sql`DELETE FROM debates WHERE project_id = ${ids}`.execute(trx)
  // One statement checks at its end that no row refers to one that is gone: parents and children go together.
  await sql`DELETE FROM agents WHERE project_id = ${ids}`.execute(trx)
  // Writers hold the log's lock while the triggers count: taking the counts first would deadlock.
  await sql`SELECT pg_advisory_xact_lock(hashtext('muster.events'))`.execute(trx)
  for (const rollup of ROLLUPS) {
    await sql`DELETE FROM ${sql.table(rollup)} WHERE project_id = ${ids}`.execute(trx)
  }
  // Rows about the projects themselves that were written meanwhile.
  await removeReported(trx, ids)
  await sql`DELETE FROM projects WHERE id = ${ids}`.execute(trx)
}

/** What can be as much as the whole log. Does again no more than what has come since. */
async function removeReported(trx: Kysely<Schema>, ids: RawBuilder<unknown>): Promise<void> {
  await sql`DELETE FROM event_search
    WHERE event_id IN (SELECT id FROM events WHERE project_id = ${ids})`.execute(trx)
  await sql`DELETE FROM events WHERE project_id = ${ids}`.execute(trx)
  await sql`DELETE FROM report_keys WHERE project_id = ${ids}`.execute(trx)
}
