import type { EventRow, JsonObject } from './event-row'

/**
 * A row as programs see it: what the event says, flat, and where it belongs. Fields of the log's own
 * win over fields of the same name that a report brought along.
 */
export function toWire(row: EventRow): JsonObject {
  return {
    ...row.data,
    // A row about a project that was removed can name it in its data only.
    project_id: row.projectId ?? row.data.project_id ?? null,
    agent_id: row.agentId,
    ...(row.debateId !== null && { debate_id: row.debateId }),
    ...(row.turnId !== null && { turn_id: row.turnId }),
    ...(row.state !== null && { state: row.state }),
    ...(row.reportedAt !== null && { reported_at: toTimestamp(row.reportedAt) }),
    summary: row.summary,
    timestamp: toTimestamp(row.at),
  }
}

/** The same as an item of a list, where no frame around it says its id and type. */
export function toHistoryItem(row: EventRow): JsonObject {
  return { id: row.id, type: row.type, ...toWire(row) }
}

/** PostgreSQL knows `infinity`, which whoever inserts from psql may use and JSON cannot tell. */
export function toTimestamp(time: Date): string | null {
  return time instanceof Date && Number.isFinite(time.getTime()) ? time.toISOString() : null
}
