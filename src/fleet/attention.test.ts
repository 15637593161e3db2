import { describe, expect, test } from 'vitest'
import type { EventRow } from '../log/event-row'
import type { Agent } from './agent'
import { attentionOf, touchesAttention } from './attention'
import type { SessionCard } from './board'
import { type AgentMemory, type Ask, newMemory } from './machine/memory'
import type { SessionIndex } from './session-index'

const AT = Date.parse('2026-11-21T03:30:00.000Z')

describe('what needs a human', () => {
  test('is an item for each ask, failure, stuck agent and outcome, the newest first', () => {
    const sessions = [
      session(agent(1, { state: 'awaiting_input' }, { asks: [ask('a', 10), ask('b', 50)] })),
      session(agent(2, { state: 'errored', stateSince: new Date(AT + 40) })),
      session(
        agent(3, { state: 'processing', overlays: ['stuck'], stateSince: new Date(AT + 30) }),
      ),
      session(agent(4, { state: 'complete', stateSince: new Date(AT + 20) })),
      ...(['idle', 'commanded', 'processing', 'ended'] as const).map((state, i) =>
        session(agent(5 + i, { state })),
      ),
    ]
    expect(attentionOf(sessions).items.map(({ key, kind }) => [kind, key])).toEqual([
      ['input', `ask/1/${AT + 50}/b`],
      ['failed', `failed/2/${AT + 40}`],
      ['stuck', `stuck/3/${AT + 30}`],
      ['finished', `finished/4/${AT + 20}`],
      ['input', `ask/1/${AT + 10}/a`],
    ])
  })

  test('says what is asked, what failed, why it is stuck and what was said last', () => {
    const error = { id: 't', promptId: null, openedAt: AT, closedAt: AT, active: true }
    const turn = { ...error, outcome: 'errored' as const, error: 'rate_limit' }
    const sessions = [
      session(agent(1, { state: 'awaiting_input' }, { asks: [ask('push', 0)] })),
      session(agent(2, { state: 'errored' }, { turn })),
      session(agent(3, { overlays: ['stuck'] }, { stuckReason: 'Nothing heard' })),
      session(agent(4, { state: 'complete' }, { lastMessage: 'Done.' })),
    ]
    expect(new Set(attentionOf(sessions).items.map(({ text }) => text))).toEqual(
      new Set(['run push', 'rate_limit', 'Nothing heard', 'Done.']),
    )
  })

  test('counts sessions that wait, not their asks or children', () => {
    const child = agent(2, { state: 'awaiting_input', parentId: 1 }, { asks: [ask('c', 0)] })
    const parent = agent(1, { state: 'awaiting_input' }, { asks: [ask('a', 1), ask('b', 2)] })
    const { waiting, items } = attentionOf([session(parent, child), session(agent(3))])
    expect(waiting).toBe(1)
    expect(items).toHaveLength(3)
    expect(items.every((item) => item.session === parent)).toBe(true)
  })

  test('a parent that waits only because a child asks is one item, not two', () => {
    const child = agent(2, { state: 'awaiting_input', parentId: 1 }, { asks: [ask('c', 0)] })
    const { items } = attentionOf([session(agent(1, { state: 'awaiting_input' }), child)])
    expect(items.map(({ key }) => key)).toEqual([`ask/2/${AT}/c`])
  })

  test('a session that waits for no ask in particular is an item by its state', () => {
    const { items } = attentionOf([session(agent(1, { state: 'awaiting_input' }))])
    expect(items.map(({ key }) => key)).toEqual([`input/1/${AT}`])
  })

  test('the end and the troubles of a child are its parent’s business', () => {
    const children = [
      agent(2, { state: 'errored', parentId: 1 }),
      agent(3, { overlays: ['stuck'], parentId: 1 }),
      agent(4, { state: 'complete', parentId: 1 }),
    ]
    expect(attentionOf([session(agent(1), ...children)])).toEqual({ waiting: 0, items: [] })
  })

  test('is the same for the same sessions, in whatever order they come', () => {
    const sessions = Array.from({ length: 20 }, (_, i) =>
      session(agent(i + 1, { state: i % 2 ? 'errored' : 'complete' })),
    )
    expect(attentionOf([...sessions].reverse())).toEqual(attentionOf(sessions))
  })

  test('lists at most 50, and still counts all who wait', () => {
    const sessions = Array.from({ length: 60 }, (_, i) =>
      session(agent(i + 1, { state: 'awaiting_input', stateSince: new Date(AT + i) })),
    )
    const { waiting, items } = attentionOf(sessions)
    expect(waiting).toBe(60)
    expect(items).toHaveLength(50)
    expect(items[0]?.session.id).toBe(60)
  })
})

describe('a row touches what every page shows', () => {
  const nobody = { waiting: 0, items: [] }
  const touches = (known: Agent | null, over: Partial<EventRow>, shown = nobody) =>
    touchesAttention(row(over), { agent: () => known } as unknown as SessionIndex, shown)

  test.each([
    ['processing', 'awaiting_input', true],
    ['awaiting_input', 'processing', true],
    ['processing', 'complete', true],
    ['complete', 'idle', true],
    ['processing', 'errored', true],
    ['idle', 'commanded', false],
    ['commanded', 'processing', false],
  ])('when the state goes from %s to %s: %s', (from_state, to_state, expected) => {
    const over = { type: 'state_transition', data: { from_state, to_state } }
    expect(touches(agent(1), over)).toBe(expected)
  })

  test('when its agent waits, failed, is stuck or was listed, and not when it just works', () => {
    expect(touches(agent(1), {})).toBe(false)
    expect(touches(null, {})).toBe(false)
    expect(touches(agent(1, { state: 'awaiting_input' }), {})).toBe(true)
    expect(touches(agent(1, { overlays: ['stuck'] }), {})).toBe(true)
    const wasStuck = attentionOf([session(agent(1, { overlays: ['stuck'] }))])
    expect(
      touchesAttention(row({}), { agent: () => agent(1) } as unknown as SessionIndex, wasStuck),
    ).toBe(true)
  })
})

function session(parent: Agent, ...children: Agent[]): SessionCard {
  return { agent: parent, children }
}

function ask(key: string, after: number): Ask {
  return {
    key,
    kind: 'permission',
    toolKey: null,
    toolName: 'Bash',
    summary: `run ${key}`,
    openedAt: AT + after,
    fromNotice: false,
    escalated: false,
  }
}

function agent(id: number, over: Partial<Agent> = {}, memory: Partial<AgentMemory> = {}): Agent {
  const at = new Date(AT)
  return {
    id,
    projectId: 1,
    parentId: null,
    continuesId: null,
    reporter: 'test',
    key: `test/${id}`,
    sessionId: `${id}`,
    name: `${id}`,
    title: '',
    agentType: null,
    model: null,
    discoveredAt: at,
    lastSeenAt: at,
    state: 'processing',
    stateSince: at,
    confirmedAt: at,
    confirmedBy: 'hook',
    overlays: [],
    archivedAt: null,
    memory: { ...newMemory(`test/${id}`, AT), ...memory },
    ...over,
  }
}

function row(over: Partial<EventRow>): EventRow {
  return {
    id: 1,
    at: new Date(AT),
    reportedAt: null,
    type: 'tool_started',
    projectId: 1,
    agentId: 1,
    debateId: null,
    turnId: null,
    actorId: null,
    targetId: null,
    targetType: null,
    state: 'processing',
    summary: '',
    data: {},
    ...over,
  }
}
