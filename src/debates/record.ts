import { type RawBuilder, sql } from 'kysely'
import type { DebateRecord } from '../db/schema'
import type { EventRow } from '../log/event-row'
import type { Scope } from '../log/scope'
import { toDate } from '../log/stored-time'
import type { Debate, Phase, Speaker, Status } from './debate'

export type StoredDebate = DebateRecord & { sides: Debate['sides'] | null }

/** To be selected beside the columns of `debates`. */
export const SIDES_COLUMN = sql<Debate['sides'] | null>`
  (SELECT json_object_agg(side.speaker,
      json_build_object('position', side.position, 'agentId', side.agent_id))
    FROM debate_sides AS side WHERE side.debate_id = debates.id) AS sides`

export function toDebate(stored: StoredDebate): Debate {
  return {
    id: stored.id,
    projectId: stored.project_id,
    title: stored.title,
    // The table allows no others.
    status: stored.status as Status,
    phase: stored.phase as Phase,
    speaker: stored.speaker as Speaker,
    turnNumber: stored.turn_number,
    interventionCount: stored.intervention_count,
    sides: stored.sides ?? {},
    createdAt: toDate(stored.created_at),
    pausedAt: stored.paused_at && toDate(stored.paused_at),
    pausedMs: stored.paused_ms,
    completedAt: stored.completed_at && toDate(stored.completed_at),
  }
}

/** True for debates that may be seen in `scope`. */
export function isWithin({ projectIds }: Scope): RawBuilder<boolean> {
  return projectIds === null
    ? sql<boolean>`true`
    : sql<boolean>`debates.project_id = ANY(${[...projectIds]}::bigint[])`
}

/** An entry of the transcript as the row of the log that it is; what only the log knows is left out. */
export function toEntry(
  entry: Pick<EventRow, 'id' | 'at' | 'type' | 'projectId' | 'agentId' | 'debateId' | 'data'>,
): EventRow {
  return {
    ...entry,
    at: toDate(entry.at),
    reportedAt: null,
    turnId: null,
    actorId: null,
    targetId: null,
    targetType: null,
    state: null,
    summary: '',
  }
}
