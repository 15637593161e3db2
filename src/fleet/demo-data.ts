import { type Kysely, sql } from 'kysely'
import type { Database } from '../db/connect'
import type { Schema } from '../db/schema'

/** Projects of `npm run demo` have keys like this: they come from no repository that there could be. */
const DEMO_KEY = 'repository:demo://muster/'

export function isDemoKey(key: string): boolean {
  return key.startsWith(DEMO_KEY)
}

/**
 * Removes the demo's projects with all that was reported in them, and says so in the log. Returns
 * how many there were.
 */
export async function clearDemo(db: Database): Promise<number> {
  return db.transaction().execute(async (trx) => {
    const projects = await trx
      .selectFrom('projects')
      .select(['id', 'name'])
      .where(sql<boolean>`starts_with(key, ${DEMO_KEY})`)
      .orderBy('id')
      .forUpdate()
      .execute()
    if (projects.length === 0) return 0
    await removeRows(
      trx,
      projects.map(({ id }) => id),
    )
    await sql`
      INSERT INTO events (type, summary, data)
      SELECT 'project_changed', 'Project ' || name || ' was removed',
        jsonb_build_object('action', 'deleted', 'project_id', id, 'name', name)
      FROM jsonb_to_recordset(${JSON.stringify(projects)}::jsonb) AS gone (id bigint, name text)
    `.execute(trx)
    return projects.length
  })
}

/** What the log's own triggers count. */
const ROLLUPS = ['event_counts', 'event_quarters', 'event_totals', 'usage_minutes', 'usage_totals']

/** In the order in which the tables refer to each other. */
async function removeRows(trx: Kysely<Schema>, projectIds: number[]): Promise<void> {
  const ids = sql`ANY(${projectIds}::bigint[])`
  await sql`DELETE FROM events WHERE project_id = ${ids}`.execute(trx)
  for (const rollup of ROLLUPS) {
    await sql`DELETE FROM ${sql.table(rollup)} WHERE project_id = ${ids}`.execute(trx)
  }
  await sql`DELETE FROM report_keys WHERE project_id = ${ids}`.execute(trx)
  await sql`DELETE FROM turns WHERE agent_id IN (SELECT id FROM agents WHERE project_id = ${ids})`.execute(
    trx,
  )
  // One statement checks at its end that no row refers to one that is gone: parents and children go together.
  await sql`DELETE FROM agents WHERE project_id = ${ids}`.execute(trx)
  await sql`DELETE FROM projects WHERE id = ${ids}`.execute(trx)
}
