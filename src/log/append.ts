import { type Kysely, sql } from 'kysely'
import type { Schema } from '../db/schema'
import type { JsonObject } from './event-row'
import { type JsonBatch, jsonBatches } from './json-batches'

export interface NewEvent {
  reportedAt: Date | null
  type: string
  projectId: number | null
  agentId: number | null
  turnId: string | null
  /** Who did it, where that is nobody whom the row is about. */
  actorId?: string | null
  state: string | null
  summary: string
  data: JsonObject
  debateId?: string | null
}

/**
 * Appends rows in their order and returns their ids. It takes the log's lock until the transaction
 * ends, so nothing of the transaction may follow it.
 */
export async function appendEvents(
  trx: Kysely<Schema>,
  events: readonly NewEvent[],
): Promise<number[]> {
  const ids: number[] = []
  for (const batch of await jsonBatches(events, ({ data }) => data)) {
    for (const id of await appendBatch(trx, batch)) ids.push(id)
  }
  return ids
}

async function appendBatch(
  trx: Kysely<Schema>,
  { rows: events, texts }: JsonBatch<NewEvent>,
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    INSERT INTO events (reported_at, type, project_id, agent_id, turn_id, state, summary, data,
      debate_id, actor_id)
    SELECT reported_at, type, project_id, agent_id, turn_id, state, summary, data::jsonb,
      debate_id, actor_id
    FROM unnest(
      ${events.map((event) => event.reportedAt)}::timestamptz[],
      ${events.map((event) => event.type)}::text[],
      ${events.map((event) => event.projectId)}::bigint[],
      ${events.map((event) => event.agentId)}::bigint[],
      ${events.map((event) => event.turnId)}::uuid[],
      ${events.map((event) => event.state)}::text[],
      ${events.map((event) => event.summary)}::text[],
      ${texts}::text[],
      ${events.map((event) => event.debateId ?? null)}::uuid[],
      ${events.map((event) => event.actorId ?? null)}::text[]
    ) WITH ORDINALITY
      AS new (reported_at, type, project_id, agent_id, turn_id, state, summary, data, debate_id,
        actor_id, position)
    ORDER BY position
    RETURNING id`.execute(trx)
  return rows.map((row) => row.id)
}
