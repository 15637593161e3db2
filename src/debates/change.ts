import { type Kysely, sql, type Updateable } from 'kysely'
import type { Database } from '../db/connect'
import { retryConflicts } from '../db/retry-conflicts'
import type { Schema } from '../db/schema'
import { insertEvents } from '../log/append'
import type { EventRow, JsonObject } from '../log/event-row'
import type { Scope } from '../log/scope'
import type { Debate, EntryType } from './debate'
import { debateNotFound } from './errors'
import { isWithin, SIDES_COLUMN, type StoredDebate, toDebate, toEntry } from './record'

/** Which debate, and the visitor that acts in it. */
export interface DebateContext {
  readonly debateId: string
  /** What that visitor may see. */
  readonly scope: Scope
  /** As the log names them. */
  readonly actor: string
}

/** What a move makes of a debate. */
export interface Change {
  readonly set: Updateable<Schema['debates']>
  readonly type: EntryType
  readonly agentId: number | null
  readonly summary: string
  readonly data: JsonObject
}

/** The debate as a move finds it, locked until the move is committed. */
export interface Held {
  readonly trx: Kysely<Schema>
  readonly debate: Debate
  /** By the database's clock, after the lock was had. */
  readonly now: Date
}

export interface Outcome {
  readonly row: EventRow
  /** False: it had been sent before, and nothing was changed. */
  readonly isNew: boolean
}

/**
 * Changes a debate, and says so in the log and in the transcript, in one transaction. `decide` gives
 * the change, or the row of what was done before; it throws what stands against it. Throws
 * DebateNotFound besides.
 */
export async function changeDebate(
  db: Database,
  place: DebateContext,
  decide: (held: Held) => Change | EventRow | Promise<Change | EventRow>,
): Promise<Outcome> {
  return retryConflicts(db, async (trx) => {
    const { debate, now } = await lockDebate(trx, place)
    const decided = await decide({ trx, debate, now })
    if (!('set' in decided)) return { row: decided, isNew: false }
    if (Object.keys(decided.set).length > 0) {
      await trx.updateTable('debates').set(decided.set).where('id', '=', debate.id).execute()
    }
    return { row: await append(trx, { debate, change: decided, place }), isNew: true }
  })
}

/** The clock is read when the lock is had: who waited must not set the debate's times back. */
async function lockDebate(
  trx: Kysely<Schema>,
  { debateId, scope }: DebateContext,
): Promise<{ debate: Debate; now: Date }> {
  const { rows } = await sql<StoredDebate & { now: Date }>`
    WITH held AS MATERIALIZED (
      SELECT debates.*, ${SIDES_COLUMN} FROM debates
      WHERE debates.id = ${debateId} AND ${isWithin(scope)} FOR NO KEY UPDATE OF debates)
    SELECT clock_timestamp() AS now, held.*
    FROM (SELECT count(*) FROM held) AS is_held CROSS JOIN held`.execute(trx)
  const [stored] = rows
  if (!stored) throw debateNotFound(debateId)
  return { debate: toDebate(stored), now: stored.now }
}

/** Writes the row of the log and the entry of the transcript, which is the same under the same id. */
async function append(
  trx: Kysely<Schema>,
  { debate, change, place }: { debate: Debate; change: Change; place: DebateContext },
): Promise<EventRow> {
  const { type, agentId, summary, data } = change
  const { projectId, id: debateId } = debate
  const row = { type, projectId, agentId, debateId, actorId: place.actor, summary, data }
  const { rows } = await sql<{ event_id: number; at: Date }>`
    WITH row AS (${insertEvents([row])})
    INSERT INTO debate_entries (event_id, at, type, agent_id, debate_id, data)
    SELECT id, at, type, agent_id, debate_id, data FROM row
    RETURNING event_id, at`.execute(trx)
  const [written] = rows
  if (!written) throw new Error('The entry of a debate was not written')
  return toEntry({ id: written.event_id, at: written.at, type, projectId, agentId, debateId, data })
}
