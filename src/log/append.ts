import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Schema } from '../db/schema'
import type { JsonObject } from './event-row'
import { jsonBatches } from './json-batches'

/** A row of the log before it is stored; what is left out is null. */
export interface NewEvent {
  readonly type: string
  readonly summary: string
  readonly data: JsonObject
  readonly reportedAt?: Date | null
  readonly projectId?: number | null
  readonly agentId?: number | null
  readonly debateId?: string | null
  readonly turnId?: string | null
  /** The visitor who caused it, where the row is about something else. */
  readonly actorId?: string | null
  readonly targetId?: string | null
  readonly targetType?: string | null
  readonly state?: string | null
}

/**
 * Appends rows in their order and returns their ids. This is the only writer of `events`.
 *
 * An insert takes the log's lock and keeps it until the transaction ends, so that ids are committed in
 * their order. It is therefore the last statement of its transaction: whatever follows it holds up
 * every other writer of the log, and whatever follows it and waits for a lock can deadlock with them.
 */
export async function appendEvents(
  trx: Kysely<Schema>,
  events: readonly NewEvent[],
): Promise<number[]> {
  const ids: number[] = []
  for (const { rows, texts } of await jsonBatches(events, ({ data }) => data)) {
    const inserted = await insertEvents(rows, texts).execute(trx)
    for (const { id } of inserted.rows) ids.push(id)
  }
  return ids
}

/**
 * The INSERT itself, for a statement that stores the same rows elsewhere too: `WITH row AS (…)`. What
 * holds for `appendEvents` holds for that statement. `texts` is the JSON of each row's data.
 */
export function insertEvents(
  events: readonly NewEvent[],
  texts: readonly string[] = events.map(({ data }) => JSON.stringify(data)),
): RawBuilder<{ id: number; at: Date }> {
  const column = <T>(read: (event: NewEvent) => T | undefined) =>
    events.map((event) => read(event) ?? null)
  return sql`
    INSERT INTO events (type, summary, data, reported_at, project_id, agent_id, debate_id, turn_id,
      actor_id, target_id, target_type, state)
    SELECT type, summary, data::jsonb, reported_at, project_id, agent_id, debate_id, turn_id,
      actor_id, target_id, target_type, state
    FROM unnest(
      ${column(({ type }) => type)}::text[],
      ${column(({ summary }) => summary)}::text[],
      ${[...texts]}::text[],
      ${column(({ reportedAt }) => reportedAt)}::timestamptz[],
      ${column(({ projectId }) => projectId)}::bigint[],
      ${column(({ agentId }) => agentId)}::bigint[],
      ${column(({ debateId }) => debateId)}::uuid[],
      ${column(({ turnId }) => turnId)}::uuid[],
      ${column(({ actorId }) => actorId)}::text[],
      ${column(({ targetId }) => targetId)}::text[],
      ${column(({ targetType }) => targetType)}::text[],
      ${column(({ state }) => state)}::text[]
    ) WITH ORDINALITY
      AS new (type, summary, data, reported_at, project_id, agent_id, debate_id, turn_id, actor_id,
        target_id, target_type, state, position)
    ORDER BY position
    RETURNING id, at, type, agent_id, debate_id, data`
}
