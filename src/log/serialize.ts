import type { EventRow, JsonObject } from './event-row'

/**
 * A row as programs see it: what the event says, flat, and where it belongs. Fields of the log's own
 * win over fields of the same name that a report brought along.
 */
export function serializeEvent(row: EventRow): JsonObject {
  return {
    ...row.data,
    // A row about a project that was removed can name it in its data only.
    project_id: row.projectId ?? row.data.project_id ?? null,
    agent_id: row.agentId ?? removedAgent(row),
    ...(row.debateId !== null && { debate_id: row.debateId }),
    ...(row.turnId !== null && { turn_id: row.turnId }),
    ...(row.state !== null && { state: row.state }),
    ...(row.reportedAt !== null && { reported_at: toTimestamp(row.reportedAt) }),
    summary: row.summary,
    timestamp: toTimestamp(row.at),
  }
}

/** A row about a session that was removed can name it in its data only; no report has this type. */
function removedAgent({ type, data: { action, agent_id } }: EventRow): number | null {
  const isRemoval = type === 'agent_updated' && action === 'deleted'
  return isRemoval && typeof agent_id === 'number' ? agent_id : null
}

/** The same as an item of a list, where no frame around it says its id and type. */
export function toHistoryItem(row: EventRow): JsonObject {
  return { id: row.id, type: row.type, ...serializeEvent(row) }
}

/**
 * A row as the coordinator's feed has it: these fields in this order, and no others. What the
 * event says wins: whose it is has no field of its own here.
 */
export function toFeedItem(row: EventRow): JsonObject {
  return {
    id: row.id,
    timestamp: toTimestamp(row.at),
    event_type: row.type,
    actor_id: row.actorId,
    target_id: row.targetId,
    target_type: row.targetType,
    summary: row.summary,
    metadata: row.agentId === null ? row.data : { ...placeOf(row), ...row.data },
  }
}

function placeOf(row: EventRow): JsonObject {
  return {
    ...(row.projectId !== null && { project_id: row.projectId }),
    agent_id: row.agentId,
    ...(row.turnId !== null && { turn_id: row.turnId }),
    ...(row.debateId !== null && { debate_id: row.debateId }),
    ...(row.state !== null && { state: row.state }),
  }
}

/** PostgreSQL has `infinity`, which rows inserted by hand may hold and JSON has no value for. */
export function toTimestamp(time: Date): string | null {
  return time instanceof Date && Number.isFinite(time.getTime()) ? time.toISOString() : null
}
