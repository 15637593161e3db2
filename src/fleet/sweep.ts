import { sql } from 'kysely'
import type { Database } from '../db/connect'
import type { AgentRecord } from '../db/schema'
import { applyChild } from './apply'
import { Changes, type Draft } from './changes'
import { toDraft } from './register'
import { applySilence } from './silence'

export const SWEEP_MS = 5_000
/** A sweep that comes so late means that we were stopped, asleep or cut off in between. */
const LATE_MS = 3 * SWEEP_MS

/**
 * Turns silence into states: what was quiet, overdue or stuck for long enough says so on the page
 * and in the log. Silence counts only while we were there to hear: after a pause of our own, all
 * clocks start anew.
 */
export class Sweep {
  private receivingSince: number | null = null
  private sweptAt = 0

  constructor(private readonly db: Database) {}

  /** One short transaction, in one process at a time. Returns how many rows it wrote. */
  async run(): Promise<number> {
    return this.db.transaction().execute(async (trx) => {
      const { rows } = await sql<{ now: Date; mine: boolean }>`
        SELECT clock_timestamp() AS now,
          pg_try_advisory_xact_lock(hashtext('muster.sweep')) AS mine`.execute(trx)
      const at = rows[0]?.now.getTime() ?? 0
      if (this.receivingSince === null || at - this.sweptAt > LATE_MS) this.receivingSince = at
      this.sweptAt = at
      if (!rows[0]?.mine) return 0
      const changes = new Changes(at)
      // Agents that are being reported about at this moment are not silent: passed over.
      const agents = await sql<AgentRecord>`
        SELECT * FROM agents
        WHERE state IN ('commanded', 'processing', 'awaiting_input', 'complete')
        ORDER BY key FOR NO KEY UPDATE SKIP LOCKED`.execute(trx)
      const drafts = new Map(agents.rows.map((row) => [row.id, toDraft(row)]))
      for (const agent of drafts.values()) {
        if (!this.silence(changes, agent, this.receivingSince)) continue
        const parent = agent.parent_id === null ? undefined : drafts.get(agent.parent_id)
        if (parent) tellParent(changes, parent, agent)
      }
      await changes.write(trx)
      return changes.eventCount
    })
  }

  private silence(changes: Changes, agent: Draft, receivingSince: number): boolean {
    const { memory, facts } = applySilence(agent.memory, changes.at, receivingSince)
    if (facts.length === 0) return false
    changes.remember(agent, memory, 'timer')
    changes.addFacts(agent, facts)
    return true
  }
}

function tellParent(changes: Changes, parent: Draft, child: Draft): void {
  const { memory, facts } = applyChild(parent.memory, child.memory, changes.at, 'timer')
  changes.remember(parent, memory, facts.length > 0 ? 'timer' : null)
  changes.addFacts(parent, facts)
}
