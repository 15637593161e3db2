import { type Kysely, sql } from 'kysely'
import type { Database } from '../db/connect'
import { retryConflicts } from '../db/retry-conflicts'
import type { Schema } from '../db/schema'
import { appendEvents, type NewEvent } from '../log/append'
import { SESSION_CHANGED, sessionChangeData } from './session-change'
import { familyOf, isSilent } from './session-family'

interface RemovalOptions {
  /** Who decided it. */
  readonly actorId: string
  /** Sessions that reported within so many days stay; null: they go all the same. */
  readonly silentDays?: number | null
  readonly stepRows?: number
}

/** Rows of the log in one transaction. */
const STEP_ROWS = 500

/**
 * Removes sessions with their subagents, their turns and their rows of the log, and says so in the
 * log, a row for each. Returns how many there were. What can be much goes first, in transactions
 * that lock nothing but those rows; the sessions themselves go with what has come since. Counts and
 * keys of reports stay: a report that is sent again counts once.
 */
export async function removeSessions(
  db: Database,
  ids: readonly number[],
  options: RemovalOptions,
): Promise<number> {
  const { stepRows = STEP_ROWS } = options
  const members = await familyOf(db, ids)
  const removed = new Tally()
  await repeat(db, async (trx) => removed.add(await removeEvents(trx, members, stepRows)))
  await repeat(db, (trx) => removeTurns(trx, members, stepRows))
  return retryConflicts(db, (trx) => removeAgents(trx, ids, removed, options))
}

/** How many rows of the log of each agent are gone. */
class Tally {
  private readonly counts = new Map<number, number>()

  /** Returns how many are added. */
  add(agentIds: readonly number[]): number {
    for (const id of agentIds) this.counts.set(id, this.of(id) + 1)
    return agentIds.length
  }

  of(agentId: number): number {
    return this.counts.get(agentId) ?? 0
  }
}

/** Transaction after transaction, until one finds nothing. */
async function repeat(db: Database, step: (trx: Kysely<Schema>) => Promise<number>): Promise<void> {
  while ((await retryConflicts(db, step)) > 0);
}

/** Returns whose each of the removed rows was; not in the order of the log, which no index gives. */
async function removeEvents(
  trx: Kysely<Schema>,
  members: readonly number[],
  limit: number | null,
): Promise<number[]> {
  const { rows } = await sql<{ agent_id: number }>`
    WITH gone AS (
      DELETE FROM events WHERE id IN (
        SELECT id FROM events WHERE agent_id = ANY(${[...members]}::bigint[]) LIMIT ${limit})
      RETURNING id, agent_id
    ), unsearched AS (
      DELETE FROM event_search WHERE event_id IN (SELECT id FROM gone)
    )
    SELECT agent_id FROM gone`.execute(trx)
  return rows.map(({ agent_id }) => agent_id)
}

async function removeTurns(
  trx: Kysely<Schema>,
  members: readonly number[],
  limit: number | null,
): Promise<number> {
  const { numAffectedRows } = await sql`
    DELETE FROM turns WHERE id IN (
      SELECT id FROM turns WHERE agent_id = ANY(${[...members]}::bigint[]) LIMIT ${limit})`.execute(
    trx,
  )
  return Number(numAffectedRows ?? 0)
}

/** The sessions, with what was reported of them since; reports about them wait for so long. */
async function removeAgents(
  trx: Kysely<Schema>,
  ids: readonly number[],
  removed: Tally,
  { actorId, silentDays = null }: RemovalOptions,
): Promise<number> {
  const locked = await lockForRemoval(trx, ids, silentDays)
  const sessions = locked.filter(({ parent_id }) => parent_id === null)
  if (sessions.length === 0) return 0
  // No subagent is added while its session is locked.
  const family = await lockForRemoval(trx, await familyOf(trx, sessions.map(idOf)))
  const members = family.map(idOf)
  const late = new Tally()
  late.add(await removeEvents(trx, members, null))
  await removeTurns(trx, members, null)
  await sql`UPDATE agents SET continues_id = NULL WHERE continues_id = ANY(${members}::bigint[])`.execute(
    trx,
  )
  // One statement checks at its end that no row refers to one that is gone: parents and children go together.
  await sql`DELETE FROM agents WHERE id = ANY(${members}::bigint[])`.execute(trx)
  const rows = sessions.map((session) => {
    const own = family.filter(({ id, parent_id }) => id === session.id || parent_id === session.id)
    const events = own.reduce((sum, { id }) => sum + removed.of(id) + late.of(id), 0)
    return removalRow(session, { events, subagents: own.length - 1 }, actorId)
  })
  await appendEvents(trx, rows)
  return sessions.length
}

/** In the order in which reports lock them. */
function lockForRemoval(
  trx: Kysely<Schema>,
  ids: readonly number[],
  silentDays: number | null = null,
) {
  return trx
    .selectFrom('agents')
    .select(['id', 'parent_id', 'project_id', 'session_id', 'name'])
    .where(sql<boolean>`id = ANY(${[...ids]}::bigint[])`)
    .$if(silentDays !== null, (query) => query.where(isSilent(silentDays ?? 0)))
    .orderBy('key')
    .forUpdate()
    .execute()
}

/** Of the project, but of no agent: the one that it was about is gone, and stands in its data. */
function removalRow(
  session: { id: number; project_id: number; session_id: string; name: string },
  counts: { events: number; subagents: number },
  actorId: string,
): NewEvent {
  return {
    type: SESSION_CHANGED,
    projectId: session.project_id,
    agentId: null,
    turnId: null,
    state: null,
    reportedAt: null,
    summary: `Session ${session.name} was removed with ${counts.events} events`,
    data: sessionChangeData('deleted', session, counts),
    actorId,
  }
}

function idOf({ id }: { id: number }): number {
  return id
}
