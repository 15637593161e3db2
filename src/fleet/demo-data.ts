import { sql } from 'kysely'
import type { Database } from '../db/connect'
import { retryConflicts } from '../db/retry-conflicts'
import { removeProjects } from './remove-projects'

/** Projects of `npm run demo` have keys like this: they come from no repository that there could be. */
const DEMO_KEY = 'repository:demo://muster/'

export function isDemoKey(key: string): boolean {
  return key.startsWith(DEMO_KEY)
}

/**
 * Removes the demo's projects with all that was reported in them, and says so in the log, with the
 * actor. Returns how many there were.
 */
export async function clearDemo(db: Database, actorId: string): Promise<number> {
  return retryConflicts(db, async (trx) => {
    const projects = await trx
      .selectFrom('projects')
      .select(['id', 'name'])
      .where(sql<boolean>`starts_with(key, ${DEMO_KEY})`)
      .orderBy('id')
      .forNoKeyUpdate()
      .execute()
    if (projects.length > 0) await removeProjects(trx, projects, actorId)
    return projects.length
  })
}
