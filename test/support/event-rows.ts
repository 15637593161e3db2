import type { EventRow } from '../../src/log/event-row'

/** A row that says as little as a row can. */
export function makeRow(id: number, facts: Partial<EventRow> = {}): EventRow {
  return {
    id,
    at: new Date(0),
    reportedAt: null,
    type: 'noted',
    projectId: null,
    agentId: null,
    debateId: null,
    turnId: null,
    actorId: null,
    targetId: null,
    targetType: null,
    state: null,
    summary: '',
    data: {},
    ...facts,
  }
}
