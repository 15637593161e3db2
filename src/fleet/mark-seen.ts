import type { Database } from '../db/connect'
import { Changes } from './changes'
import { markSeen } from './machine/seen'
import { lockAgents } from './registered-rows'
import type { AllowedProjects } from './report-job'

/**
 * Records that a person looked at an agent's outcome. False for an agent that never reported, or
 * whose project is outside of the person's scope.
 */
export async function markAgentSeen(
  db: Database,
  agentId: number,
  bounds: AllowedProjects = null,
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const found = await trx
      .selectFrom('agents')
      .select(['key', 'project_id'])
      .where('id', '=', agentId)
      .executeTakeFirst()
    if (!found || (bounds && !bounds.includes(found.project_id))) return false
    const { drafts, at } = await lockAgents(trx, [found.key])
    const agent = drafts.get(found.key)
    if (!agent) return false
    const { memory, facts } = markSeen(agent.memory, at)
    if (facts.length === 0) return true
    const changes = new Changes(at)
    changes.updateAgent(agent, memory, null)
    changes.addFacts(agent, facts)
    await changes.write(trx)
    return true
  })
}
