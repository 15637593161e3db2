import type { EventRow, JsonObject } from '../log/event-row'
import type { Agent } from './agent'

/** The type of the rows that say what people decided about a session; the clock writes others of it. */
export const SESSION_CHANGED = 'agent_updated'

/** What the row of a decision about a session says. */
export interface SessionChange {
  readonly action: 'archived' | 'restored' | 'deleted'
  readonly agentId: number
}

/** The decision that the row records; null for any other row. */
export function sessionChange({ type, data }: EventRow): SessionChange | null {
  const { action, agent_id: agentId } = data
  if (type !== SESSION_CHANGED || typeof agentId !== 'number') return null
  if (action === 'archived' || action === 'deleted') return { action, agentId }
  return action === 'updated' ? { action: 'restored', agentId } : null
}

/** The session that the row says was removed; null for any other row. */
export function removedSession(row: EventRow): number | null {
  const change = sessionChange(row)
  return change?.action === 'deleted' ? change.agentId : null
}

/** What a row of the log says of it, in the words of the wire: coming back is an update. */
export function sessionChangeData(
  action: SessionChange['action'],
  session: { id: number; session_id: string; name: string },
  more: JsonObject = {},
): JsonObject {
  const { id, session_id, name } = session
  const said = action === 'restored' ? 'updated' : action
  return { action: said, agent_id: id, session_id, name, ...more }
}

/** The session that a row belongs to, which is the parent for a subagent. */
export function sessionOfRow({
  agentId,
  data: { parent_agent_id: parent },
}: EventRow): number | null {
  return typeof parent === 'number' ? parent : agentId
}

/** It is out of sight: nothing was heard of it since it was archived. */
export function isArchived({
  archivedAt,
  lastSeenAt,
}: Pick<Agent, 'archivedAt' | 'lastSeenAt'>): boolean {
  return archivedAt !== null && lastSeenAt <= archivedAt
}
