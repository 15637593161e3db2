import { expect, test } from 'vitest'
import type { EventRow, JsonObject } from './event-row'
import { serializeEvent, toFeedItem, toHistoryItem } from './serialize'

const AT = new Date('2026-01-02T03:04:05.678Z')

/** A row that nobody can change, as the one that all readers share must be. */
function frozenRow(facts: Partial<EventRow> = {}): EventRow {
  const data: JsonObject = { from_state: 'idle', tool: { name: 'Bash' } }
  return Object.freeze({
    id: 7,
    at: AT,
    reportedAt: null,
    type: 'state_transition',
    projectId: 1,
    agentId: 2,
    debateId: null,
    turnId: null,
    actorId: null,
    targetId: null,
    targetType: null,
    state: 'processing',
    summary: 'works',
    data: Object.freeze(data),
    ...facts,
  })
}

test('a row says what the event says, flat, and where it belongs', () => {
  expect(serializeEvent(frozenRow())).toEqual({
    from_state: 'idle',
    tool: { name: 'Bash' },
    project_id: 1,
    agent_id: 2,
    state: 'processing',
    summary: 'works',
    timestamp: '2026-01-02T03:04:05.678Z',
  })
})

test('one row is the same for every reader, live and in a replay: making it ready leaves it alone', () => {
  const row = frozenRow()
  const first = serializeEvent(row)
  first.summary = 'changed by a reader'
  expect(serializeEvent(row)).toEqual(serializeEvent(frozenRow()))
  expect(toHistoryItem(row)).toEqual({ id: 7, type: 'state_transition', ...serializeEvent(row) })
  expect(row).toEqual(frozenRow())
})

test('what a report says cannot pass for what the log says', () => {
  const data = { project_id: 99, agent_id: 99, timestamp: 'never', state: 'ended', summary: 'no' }
  expect(serializeEvent(frozenRow({ data }))).toMatchObject({
    project_id: 1,
    agent_id: 2,
    state: 'processing',
    summary: 'works',
    timestamp: AT.toISOString(),
  })
})

test('places that a row has not are null or left out, and a project that is gone is named by the data', () => {
  const bare = { projectId: null, agentId: null, state: null, data: {}, summary: '' }
  expect(serializeEvent(frozenRow(bare))).toEqual({
    project_id: null,
    agent_id: null,
    summary: '',
    timestamp: AT.toISOString(),
  })
  expect(serializeEvent(frozenRow({ ...bare, data: { project_id: 5 } }))).toMatchObject({
    project_id: 5,
  })
})

test('a row of the feed says in its metadata whose it is, unless it says something by these names', () => {
  const own = { from_state: 'idle', tool: { name: 'Bash' } }
  expect(toFeedItem(frozenRow())).toEqual({
    id: 7,
    timestamp: AT.toISOString(),
    event_type: 'state_transition',
    actor_id: null,
    target_id: null,
    target_type: null,
    summary: 'works',
    metadata: { project_id: 1, agent_id: 2, state: 'processing', ...own },
  })
  const places = { turnId: 't', debateId: 'd', state: null }
  expect(toFeedItem(frozenRow(places)).metadata).toEqual({
    project_id: 1,
    agent_id: 2,
    turn_id: 't',
    debate_id: 'd',
    ...own,
  })
  const data = { project_id: 'shop', state: null }
  expect(toFeedItem(frozenRow({ data })).metadata).toEqual({ ...data, agent_id: 2 })
})

test('a row of the feed that is of no agent has the metadata that it was inserted with', () => {
  const row = frozenRow({ agentId: null, projectId: null })
  expect(toFeedItem(row).metadata).toEqual(row.data)
})
