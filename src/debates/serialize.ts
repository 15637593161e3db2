import type { EventRow, JsonObject } from '../log/event-row'
import { toTimestamp } from '../log/serialize'
import { type Debate, type EntryType, elapsedMs, SIDES } from './debate'

/** What a frame of a debate's stream says of an entry, exactly. */
export function serializeEntry(row: EventRow): JsonObject {
  const timestamp = toTimestamp(row.at)
  const field = (name: string) => row.data[name] ?? null
  const [phase, speaker, content] = [field('phase'), field('speaker'), field('content')]
  // A row inserted by hand is distinguished by its type like any other.
  switch (row.type as EntryType) {
    case 'utterance':
      return { id: field('utterance_id'), timestamp, phase, speaker, content }
    case 'phase_transition':
      return { phase, from: field('from'), speaker, timestamp }
    case 'intervention':
      return {
        interventionId: field('intervention_id'),
        type: field('kind'),
        content,
        directedTo: field('directed_to'),
        timestamp,
      }
    case 'intervention_response': {
      const interventionId = field('intervention_id')
      return { interventionId, response: field('response'), speaker, timestamp }
    }
    case 'pause':
    case 'resume': {
      const reason = field('reason')
      return { phase, speaker, ...(reason !== null && { reason }), timestamp }
    }
    case 'complete':
      return {
        debateId: row.debateId,
        utteranceCount: field('utterance_count'),
        totalDurationMs: field('total_duration_ms'),
        timestamp,
      }
  }
}

/** The first frame of a stream: how the debate is at this moment. */
export function connectedPayload(
  debate: Debate,
  { clientId, lastEventId, now }: { clientId: string; lastEventId: number; now: Date },
): JsonObject {
  const { id, status, phase, speaker, turnNumber } = debate
  return {
    clientId,
    debateId: id,
    status,
    phase,
    speaker,
    turnNumber,
    elapsedMs: elapsedMs(debate, now.getTime()),
    lastEventId,
    timestamp: now.toISOString(),
  }
}

/** A debate as the API shows it. */
export function debatePayload(debate: Debate, now: Date): JsonObject {
  const { id, projectId, title, status, phase, speaker, turnNumber, sides } = debate
  return {
    id,
    projectId,
    title,
    status,
    phase,
    speaker,
    turnNumber,
    utteranceCount: turnNumber,
    interventionCount: debate.interventionCount,
    elapsedMs: elapsedMs(debate, now.getTime()),
    sides: Object.fromEntries(
      SIDES.flatMap((side): [string, JsonObject][] => {
        const given = sides[side]
        return given ? [[side, { position: given.position, agentId: given.agentId }]] : []
      }),
    ),
    createdAt: toTimestamp(debate.createdAt),
    pausedAt: debate.pausedAt && toTimestamp(debate.pausedAt),
    completedAt: debate.completedAt && toTimestamp(debate.completedAt),
  }
}

/** An utterance as lists and the transcript show it. */
export function utterancePayload(row: EventRow): JsonObject {
  const { id, ...rest } = serializeEntry(row)
  const number = row.data.number ?? null
  return { id: id ?? null, number, agentId: row.agentId, eventId: row.id, ...rest }
}

/** What a move is answered with: what happened, and the number of its row of the log. */
export function entryPayload(row: EventRow): JsonObject {
  return { event: row.type, eventId: row.id, ...serializeEntry(row) }
}
