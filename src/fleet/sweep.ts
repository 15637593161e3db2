import { type Kysely, sql } from 'kysely'
import type { Database } from '../db/connect'
import type { AgentRecord, Schema } from '../db/schema'
import { TimeSlices } from '../log/time-slices'
import { Changes, type Draft } from './changes'
import { applyChild } from './machine/apply'
import type { AgentMemory } from './machine/memory'
import { applySilence } from './machine/silence'
import { toDraft } from './register'

export const SWEEP_MS = 5_000
/** Sessions that are read from the database in one go: some milliseconds' worth. */
const LOOK_AT_ONCE = 200
/** A sweep that comes so late means that all were stopped, asleep or cut off in between. */
const LATE_MS = 3 * SWEEP_MS

/**
 * Turns silence into states: what was quiet, overdue or stuck for long enough says so on the page
 * and in the log. Silence counts only while some process of this database was there to hear: after
 * a pause of them all, all clocks start anew.
 */
export class Sweep {
  constructor(private readonly db: Database) {}

  /** One short transaction, in one process at a time. Returns how many rows it wrote. */
  async run(): Promise<number> {
    return this.db.transaction().execute(async (trx) => {
      const { rows } = await sql<{ now: Date; mine: boolean }>`
        SELECT clock_timestamp() AS now,
          pg_try_advisory_xact_lock(hashtext('muster.sweep')) AS mine`.execute(trx)
      const at = rows[0]?.now.getTime() ?? 0
      if (!rows[0]?.mine) return 0
      const receivingSince = await listen(trx, at)
      const due = await findDue(trx, at, receivingSince)
      if (due.length === 0) return 0
      const changes = new Changes(at)
      const drafts = await lockFree(trx, due)
      const slices = new TimeSlices()
      for (const id of due) {
        const agent = drafts.get(id)
        if (agent) silence(changes, agent, drafts, receivingSince)
        if (slices.isOver) await slices.yield()
      }
      await changes.write(trx)
      return changes.eventCount
    })
  }
}

/**
 * Notes that somebody listens at `at`, and returns since when that is so without a break. Kept in the
 * database, so that all its processes count alike. A clock that was set back is a break as well;
 * processes that take turns are only a little out of order. The caller holds the lock of the sweep.
 */
async function listen(trx: Kysely<Schema>, at: number): Promise<number> {
  const { rows } = await sql<{ since: Date }>`
    INSERT INTO listening AS known (since, seen_at) VALUES (${new Date(at)}, ${new Date(at)})
    ON CONFLICT (one) DO UPDATE SET seen_at = excluded.seen_at,
      since = CASE
        WHEN abs(extract(epoch FROM excluded.seen_at - known.seen_at)) * 1000 > ${LATE_MS}
        THEN excluded.since ELSE known.since END
    RETURNING since`.execute(trx)
  return rows[0]?.since.getTime() ?? at
}

/** Whom the clock changes. Looks without locking: most of the time it is nobody. */
async function findDue(trx: Kysely<Schema>, at: number, receivingSince: number): Promise<number[]> {
  const due: number[] = []
  const slices = new TimeSlices()
  for (let after = 0; ; ) {
    const { rows } = await sql<{ id: number; memory: AgentMemory }>`
      SELECT id, memory FROM agents
      WHERE state IN ('commanded', 'processing', 'awaiting_input', 'complete') AND id > ${after}
      ORDER BY id LIMIT ${LOOK_AT_ONCE}`.execute(trx)
    for (const { id, memory } of rows) {
      if (applySilence(memory, at, receivingSince).facts.length > 0) due.push(id)
      if (slices.isOver) await slices.yield()
    }
    const last = rows.at(-1)
    if (!last || rows.length < LOOK_AT_ONCE) return due
    after = last.id
  }
}

/** Locks agents and their parents. Who is being reported about at this moment is not silent. */
async function lockFree(
  trx: Kysely<Schema>,
  agentIds: readonly number[],
): Promise<Map<number, Draft>> {
  const { rows } = await sql<AgentRecord>`
    SELECT * FROM agents
    WHERE id = ANY(${[...agentIds]}::bigint[])
      OR id IN (SELECT parent_id FROM agents WHERE id = ANY(${[...agentIds]}::bigint[]))
    ORDER BY key FOR NO KEY UPDATE SKIP LOCKED`.execute(trx)
  return new Map(rows.map((row) => [row.id, toDraft(row)]))
}

/** A child whose parent is not free keeps its silence to itself until both can be told. */
function silence(
  changes: Changes,
  agent: Draft,
  drafts: ReadonlyMap<number, Draft>,
  receivingSince: number,
): void {
  const parent = agent.parent_id === null ? null : drafts.get(agent.parent_id)
  if (parent === undefined) return
  const { memory, facts } = applySilence(agent.memory, changes.at, receivingSince)
  if (facts.length === 0) return
  changes.remember(agent, memory, 'timer')
  changes.addFacts(agent, facts)
  if (parent) tellParent(changes, parent, agent)
}

function tellParent(changes: Changes, parent: Draft, child: Draft): void {
  const { memory, facts } = applyChild(parent.memory, child.memory, changes.at, 'timer')
  changes.remember(parent, memory, facts.length > 0 ? 'timer' : null)
  changes.addFacts(parent, facts)
}
