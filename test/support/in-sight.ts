import type { Database } from '../../src/db/connect'
import type { Agent } from '../../src/fleet/agent'
import type { Roster } from '../../src/fleet/roster'

/** The agents that the roster holds for pages to show, read whole, by their ids. */
export async function agentsInSight(db: Database, roster: Roster): Promise<Agent[]> {
  const rows = await db.selectFrom('agents').select('id').orderBy('id').execute()
  const inSight = rows.map(({ id }) => id).filter((id) => roster.index.agent(id))
  await roster.preload(inSight)
  return inSight.flatMap((id) => roster.agent(id) ?? [])
}
