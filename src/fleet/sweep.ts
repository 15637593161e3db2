import { type Kysely, sql } from 'kysely'
import type { Database } from '../db/connect'
import type { AgentRecord, Schema } from '../db/schema'
import { type AgentRecordUpdate, Changes } from './changes'
import { applyChild } from './machine/apply'
import { dueAt } from './machine/due'
import { applySilence } from './machine/silence'
import { toDraft } from './registered-rows'

export const SWEEP_MS = 5_000
/** Agents in one transaction: reports about them wait for it. */
const BATCH = 200
/** What is due beyond these waits for the next sweep. */
const MAX_BATCHES = 25
/** A sweep that comes so late means that all were stopped, asleep or cut off in between. */
const LATE_MS = 3 * SWEEP_MS

/**
 * Turns silence into states: what was quiet, overdue or stuck for long enough says so on the page
 * and in the log. Silence counts only while some process of this database was there to hear: after
 * a pause of them all, all clocks start again.
 */
export class Sweep {
  private stopped = false

  constructor(private readonly db: Database) {}

  /** What is under way ends after the transaction that it is in. */
  stop(): void {
    this.stopped = true
  }

  /** Short transactions, in one process at a time. Returns how many rows it wrote. */
  async run(): Promise<number> {
    let written = 0
    for (let batch = 0; batch < MAX_BATCHES && !this.stopped; batch++) {
      const { rows, mayBeMore } = await this.runBatch()
      written += rows
      if (!mayBeMore) break
    }
    return written
  }

  private runBatch(): Promise<{ rows: number; mayBeMore: boolean }> {
    return this.db.transaction().execute(async (trx) => {
      const { rows } = await sql<{ now: Date; mine: boolean }>`
        SELECT clock_timestamp() AS now,
          pg_try_advisory_xact_lock(hashtext('muster.sweep')) AS mine`.execute(trx)
      const at = rows[0]?.now.getTime() ?? 0
      if (!rows[0]?.mine) return { rows: 0, mayBeMore: false }
      const receivingSince = await listen(trx, at)
      const due = await findDue(trx, at)
      if (due.length === 0) return { rows: 0, mayBeMore: false }
      const changes = new Changes(at)
      const drafts = await lockFree(trx, due)
      const unchanged: AgentRecordUpdate[] = []
      for (const id of due) {
        const agent = drafts.get(id)
        const outcome = agent && silence(changes, agent, drafts, receivingSince)
        if (agent && outcome === 'unchanged') unchanged.push(agent)
      }
      await defer(trx, unchanged, at, receivingSince)
      await changes.write(trx)
      const settled = changes.eventCount + unchanged.length
      return { rows: changes.eventCount, mayBeMore: due.length === BATCH && settled > 0 }
    })
  }
}

/**
 * Records that a process listens at `at`, and returns since when one did without a break. Kept in the
 * database, so that all its processes count alike. A clock that was set back is a break as well;
 * processes that take turns are only a little out of order. The caller holds the lock of the sweep.
 */
async function listen(trx: Kysely<Schema>, at: number): Promise<number> {
  const { rows } = await sql<{ since: Date }>`
    INSERT INTO ingest_liveness AS known (since, seen_at) VALUES (${new Date(at)}, ${new Date(at)})
    ON CONFLICT (singleton) DO UPDATE SET seen_at = excluded.seen_at,
      since = CASE
        WHEN abs(extract(epoch FROM excluded.seen_at - known.seen_at)) * 1000 > ${LATE_MS}
        THEN excluded.since ELSE known.since END
    RETURNING since`.execute(trx)
  return rows[0]?.since.getTime() ?? at
}

/** Agents that the clock may change. Looks without locking: most of the time there are none. */
async function findDue(trx: Kysely<Schema>, at: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    SELECT id FROM agents
    WHERE state IN ('commanded', 'processing', 'awaiting_input', 'complete')
      AND due_at <= ${new Date(at)}
    ORDER BY due_at, id LIMIT ${BATCH}`.execute(trx)
  return rows.map(({ id }) => id)
}

/** Notes when those can be due for whom nothing has changed: their silence did not count for all of it. */
async function defer(
  trx: Kysely<Schema>,
  agents: readonly AgentRecordUpdate[],
  at: number,
  receivingSince: number,
): Promise<void> {
  if (agents.length === 0) return
  const dues = agents.map(({ memory }) => {
    const due = dueAt(memory, at, receivingSince)
    return due === null ? null : new Date(due)
  })
  await sql`
    UPDATE agents SET due_at = new.due_at
    FROM unnest(${agents.map(({ id }) => id)}::bigint[], ${dues}::timestamptz[]) AS new (id, due_at)
    WHERE agents.id = new.id`.execute(trx)
}

/** Locks agents and their parents; one that a report holds at this moment is not silent, and skipped. */
async function lockFree(
  trx: Kysely<Schema>,
  agentIds: readonly number[],
): Promise<Map<number, AgentRecordUpdate>> {
  const { rows } = await sql<AgentRecord>`
    SELECT * FROM agents
    WHERE id = ANY(${[...agentIds]}::bigint[])
      OR id IN (SELECT parent_id FROM agents WHERE id = ANY(${[...agentIds]}::bigint[]))
    ORDER BY key FOR NO KEY UPDATE SKIP LOCKED`.execute(trx)
  return new Map(rows.map((row) => [row.id, toDraft(row)]))
}

/** A child whose parent is not free is left for a later sweep, when both can be updated. */
function silence(
  changes: Changes,
  agent: AgentRecordUpdate,
  drafts: ReadonlyMap<number, AgentRecordUpdate>,
  receivingSince: number,
): 'changed' | 'unchanged' | 'busy' {
  const parent = agent.parent_id === null ? null : drafts.get(agent.parent_id)
  if (parent === undefined) return 'busy'
  const { memory, facts } = applySilence(agent.memory, changes.at, receivingSince)
  if (facts.length === 0) return 'unchanged'
  changes.updateAgent(agent, memory, 'timer')
  changes.addFacts(agent, facts)
  if (parent) updateParent(changes, parent, agent)
  return 'changed'
}

function updateParent(changes: Changes, parent: AgentRecordUpdate, child: AgentRecordUpdate): void {
  const { memory, facts } = applyChild(parent.memory, child.memory, changes.at, 'timer')
  changes.updateAgent(parent, memory, facts.length > 0 ? 'timer' : null)
  changes.addFacts(parent, facts)
}
