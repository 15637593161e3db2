import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestFleet, type TestFleet } from '../../test/support/fleet'
import { BadInput } from '../errors/app-error'
import { ALL_EVENTS } from '../filter/select'
import { filterSql } from '../filter/sql'
import { readNewest } from '../log/history'
import { parseApiEvents } from './api-events'

const HOSTLESS = { host: null }
const MINIMAL = { type: 'step_done', project: 'muster' }

test('the least that a report may say is a type and a project', () => {
  expect(parseApiEvents(MINIMAL, HOSTLESS)).toEqual([
    {
      reporter: 'api',
      project: { key: 'name:muster', name: 'muster', host: null, path: null },
      agent: null,
      promptId: null,
      signal: { kind: 'noted' },
      event: { type: 'step_done', summary: 'step_done', data: {} },
      confirmedBy: 'report',
      dedupeKey: null,
      reportedAt: null,
    },
  ])
})

test('every field finds its place', () => {
  const report = only({
    ...MINIMAL,
    agent: ' builder ',
    state: 'processing',
    message: 'First line\nSecond line',
    summary: 'Builds',
    data: { step: 3 },
    timestamp: '2026-11-21T05:00:00.5+02:00',
    host: 'laptop',
    usage: { tokens: 12 },
    dedupe_key: 'k',
    more: [1],
  })
  expect(report).toMatchObject({
    agent: { sessionId: 'builder', name: 'builder', parentKey: null },
    signal: { kind: 'state_reported', state: 'processing', summary: 'Builds' },
    event: {
      summary: 'Builds',
      data: {
        message: 'First line\nSecond line',
        data: { step: 3 },
        host: 'laptop',
        usage: { tokens: 12 },
        payload: { more: [1] },
      },
    },
    dedupeKey: 'k',
    reportedAt: new Date('2026-11-21T03:00:00.500Z'),
  })
})

test('fields that are null are absent', () => {
  const names = ['agent', 'state', 'message', 'summary', 'data', 'timestamp', 'host', 'usage']
  const nulls = Object.fromEntries([...names, 'dedupe_key'].map((name) => [name, null]))
  expect(only({ ...MINIMAL, ...nulls })).toEqual(only(MINIMAL))
})

describe.each<[string, readonly unknown[], readonly unknown[]]>([
  [
    'type',
    ['a', 'a.b-c_9', 'x'.repeat(64), 'tool_started'],
    [undefined, null, '', 'A', '1a', 'a b', 'a\n', 'a\u0000', 'x'.repeat(65), 'ä', 3],
  ],
  [
    'project',
    ['p', '/srv/p', 'C:\\work\\p', 'https://host/p.git', 'x'.repeat(200), '日本'],
    [undefined, null, '', '  ', 'x'.repeat(201), 3, {}],
  ],
  ['agent', ['a', 'a/b c', 'x'.repeat(200), null], ['', ' ', 'x'.repeat(201), 3, []]],
  ['message', ['', 'm', 'x'.repeat(100_000), '\u0000\ud800', null], [3, {}, []]],
  ['summary', ['', 's', 'x'.repeat(100_000), null], [3, {}, []]],
  ['data', [{}, { a: { b: [1] } }, null], [[], 'text', 3, true]],
  ['usage', [{}, { tokens: 1 }, null], [[], 'text', 3]],
  ['host', ['h', 'x'.repeat(200), null], ['', 'x'.repeat(201), 3]],
  ['dedupe_key', ['k', 'x'.repeat(200), null], ['', ' ', 'x'.repeat(201), 3]],
  [
    'timestamp',
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.123456789-11:30', '0000-01-01T00:00:00Z', null],
    [
      '2026-01-01',
      '2026-01-01T00:00:00',
      '2026-02-30T00:00:00Z',
      '2026-01-01T24:00:00Z',
      '',
      'now',
      5,
    ],
  ],
])('%s', (field, good, bad) => {
  test.each(good)('may be %j', (value) => {
    expect(only({ ...MINIMAL, [field]: value })).toBeDefined()
  })

  test.each(bad)('may not be %j', (value) => {
    const items = [MINIMAL, { ...MINIMAL, [field]: value }, { type: 'BAD' }]
    expect(refusal(items)).toMatchObject({ field, index: 1 })
    expect(refusal(items).message).toMatch(new RegExp(`^${field}: `))
    expect(refusal(items[1])).toMatchObject({ field, index: null })
  })
})

describe('state', () => {
  const all = ['idle', 'commanded', 'processing', 'awaiting_input', 'complete', 'errored', 'ended']

  test.each(all)('may be %s', (state) => {
    const report = only({ ...MINIMAL, agent: 'a', state, message: 'Why' })
    expect(report.signal).toEqual({ kind: 'state_reported', state, summary: 'Why' })
  })

  test.each(['', 'IDLE', 'working', 3])('may not be %j', (state) => {
    expect(refusal([{ ...MINIMAL, agent: 'a', state }])).toMatchObject({ field: 'state', index: 0 })
  })

  test('needs the agent that is in it', () => {
    expect(refusal([MINIMAL, { ...MINIMAL, state: 'idle' }])).toMatchObject({
      field: 'agent',
      index: 1,
    })
  })
})

test.each([
  ...['error', 'reset', 'close', 'open', 'message', 'connected', 'heartbeat', 'hb', 'patch'],
  ...['metrics', 'new_item', 'complete', 'state_transition', 'turn_detected'],
  ...['session_discovered', 'session_ended', 'project_changed', 'agent_updated'],
])('the type %s is reserved', (type) => {
  expect(refusal({ ...MINIMAL, type })).toMatchObject({ field: 'type' })
})

test.each([null, 'text', 3, true])('%j is no event', (value) => {
  expect(refusal(value)).toMatchObject({ field: null, index: null })
  expect(refusal([MINIMAL, value])).toMatchObject({ field: null, index: 1 })
})

test('a list has one event at least and 5,000 at most', () => {
  expect(() => parseApiEvents([], HOSTLESS)).toThrow(BadInput)
  expect(
    parseApiEvents(
      Array.from({ length: 5_000 }, () => MINIMAL),
      HOSTLESS,
    ),
  ).toHaveLength(5_000)
  expect(() =>
    parseApiEvents(
      Array.from({ length: 5_001 }, () => MINIMAL),
      HOSTLESS,
    ),
  ).toThrow('5001')
})

test('a path is the project that hooks in that directory report, on the machine that reports', () => {
  const inPath = { ...MINIMAL, project: '/srv/app/' }
  expect(only(inPath).project).toMatchObject({ key: 'path::/srv/app', name: 'app' })
  expect(parseApiEvents(inPath, { host: 'laptop' })[0]?.project.key).toBe('path:laptop:/srv/app')
  const own = parseApiEvents({ ...inPath, host: 'own' }, { host: 'laptop' })
  expect(own[0]?.project).toMatchObject({ key: 'path:own:/srv/app', host: 'own' })
  expect(only({ ...MINIMAL, project: 'git@host:me/app.git' }).project).toMatchObject({
    key: 'repository:git@host:me/app',
    name: 'app',
  })
})

test('agents of different projects are different agents, whatever is in the names', () => {
  const pairs = [
    ['a', 'b/c'],
    ['a/b', 'c'],
    ['a', 'b%2Fc'],
    ['a', 'b'],
    ['b', 'a'],
    ['x'.repeat(200), 'y'.repeat(200)],
    ['x'.repeat(200), 'y'.repeat(199)],
  ]
  const keys = pairs.map(([project, agent]) => only({ ...MINIMAL, project, agent }).agent?.key)
  expect(new Set(keys).size).toBe(pairs.length)
})

test('the summary is the first line that says anything, of the summary or else of the message', () => {
  const summaryOf = (said: object) => only({ ...MINIMAL, ...said }).event.summary
  expect(summaryOf({ summary: '\n  Short\nlong' })).toBe('Short')
  expect(summaryOf({ summary: '', message: 'Said' })).toBe('Said')
  expect(summaryOf({ summary: ' \n ', message: '' })).toBe('step_done')
  expect(summaryOf({ message: 'x'.repeat(9_000) })).toHaveLength(200)
})

test('whatever its data, a report keeps its own fields; what is too large in it is cut', () => {
  const wide = Object.fromEntries(
    Array.from({ length: 5_000 }, (_, n) => [`field ${n}`, 'x'.repeat(150)]),
  )
  const before = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`extra ${n}`, n]))
  const report = only({
    ...before,
    data: wide,
    message: 'x'.repeat(20_000),
    ...MINIMAL,
    project: 'p'.repeat(200),
    agent: 'a'.repeat(200),
    state: 'awaiting_input',
    dedupe_key: 'k'.repeat(200),
  })
  expect(report.dedupeKey).toBe('k'.repeat(200))
  expect(report.agent?.sessionId).toBe('a'.repeat(200))
  expect(report.event.type).toBe('step_done')
  expect(Buffer.byteLength(JSON.stringify(report))).toBeLessThan(100_000)
})

test('a field of any name is kept, also one that JavaScript takes for something else', () => {
  const text = `{"type": "a", "project": "p", "__proto__": {"x": 1}, "constructor": 2,
    "data": {"__proto__": {"y": 3}, "toString": 4}}`
  const { data } = only(JSON.parse(text)).event
  expect(JSON.parse(JSON.stringify(data))).toEqual(
    JSON.parse(`{"data": {"__proto__": {"y": 3}, "toString": 4},
      "payload": {"__proto__": {"x": 1}, "constructor": 2}}`),
  )
})

describe('in the database', () => {
  const hostile = `"'<script>\u0000\ud800\r\n\u2028{},\\ NULL`
  let fleet: TestFleet

  beforeAll(async () => {
    fleet = await createTestFleet()
  })

  afterAll(() => fleet.end())

  test('hostile text in every field is stored, counted once by its key, and replaced where it must be', async () => {
    const item = {
      type: 'hostile',
      project: hostile,
      agent: hostile,
      state: 'awaiting_input',
      message: hostile,
      summary: hostile,
      data: { [hostile]: hostile, deep: JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`) },
      usage: { [hostile]: [1e200, 5e-324] },
      host: hostile,
      dedupe_key: hostile,
      timestamp: '0000-01-01T00:00:00Z',
    }
    const send = () => fleet.recorder.record(parseApiEvents([item, MINIMAL], HOSTLESS), 1)
    expect(await send()).toMatchObject({ accepted: 2, duplicates: 0 })
    expect(await send()).toMatchObject({ accepted: 1, duplicates: 1 })
    const where = filterSql({ ...ALL_EVENTS, types: ['hostile'] })
    const rows = await readNewest(fleet.db, { limit: 9, where })
    expect(rows).toHaveLength(1)
    expect(rows[0]?.data.message).toBe(
      hostile.replace('\u0000', '\ufffd').replace('\ud800', '\ufffd'),
    )
    expect(rows[0]?.state).toBe('awaiting_input')
  })
})

function only(item: unknown) {
  const [report] = parseApiEvents(item, HOSTLESS)
  if (!report) throw new Error('There is no report')
  return report
}

function refusal(body: unknown): BadInput {
  try {
    parseApiEvents(body, HOSTLESS)
  } catch (error) {
    if (error instanceof BadInput) return error
    throw error
  }
  throw new Error('Nothing was refused')
}
