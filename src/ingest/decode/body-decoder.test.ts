import { afterAll, expect, inject, test } from 'vitest'
import { within } from '../../../test/support/deadline'
import { BodyDecoder, MAX_INLINE_BYTES } from './body-decoder'
import type { Body, BodyKind, BodyType } from './decode-body'

const rules = { defaults: true, patterns: [], paths: [['tool_input', 'secret']] }
const decoder = new BodyDecoder(rules, inject('decodeWorker'))
afterAll(() => decoder.close())

const TOKEN = `ghp_${'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'}`
const ID = '00000000-0000-4000-8000-000000000000'
const hook = {
  session_id: 's',
  cwd: '/srv/shop',
  hook_event_name: 'PreToolUse',
  prompt_id: 'p',
  tool_name: 'Bash',
  tool_input: { command: `echo ${TOKEN}`, secret: 'x', ['__proto__']: 1, nul: '\0\ud800' },
}
const item = { type: 'noted', project: 'p', agent: 'a', timestamp: '2026-01-01T00:00:00Z' }
const side = { position: 'yes' }
const attribute = { key: 'session.id', value: { stringValue: 's' } }
const cost = { timeUnixNano: '1789552803456000000', asDouble: 2, attributes: [attribute] }
const sum = { aggregationTemporality: 1, dataPoints: [cost, { ...cost, asDouble: 3 }] }
const metrics = [{ name: 'claude_code.cost.usage', sum }]

const bodies: [BodyKind, BodyType, string][] = [
  ['claude-code', 'application/json', JSON.stringify(hook)],
  ['claude-code', 'application/json', '{"hook_event_name": "Stop"}'],
  ['codex', 'application/json', JSON.stringify({ ...hook, turn_id: 't' })],
  ['api-events', 'application/json', JSON.stringify([item, { ...item, usage: { cost_usd: 1 } }])],
  ['api-events', 'application/json', JSON.stringify([item, item, { ...item, state: 'odd' }])],
  ['api-events', 'application/json', '[]'],
  [
    'api-events',
    'application/json',
    '{"type": "noted",\n "project": nul, "and": "more than is shown"}',
  ],
  ['api-events', 'application/x-ndjson', `${JSON.stringify(item)}\n\n{"type":`],
  ['otlp-logs', 'application/json', '{"resourceLogs": 3}'],
  [
    'otlp-metrics',
    'application/json',
    JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }),
  ],
  ['utterance', 'application/json', JSON.stringify({ id: ID, speaker: 'pro', content: TOKEN })],
  ['utterance', 'application/json', JSON.stringify({ id: ID, speaker: 'nobody', content: '' })],
  [
    'debate',
    'application/json',
    JSON.stringify({ id: ID, project: 'p', title: 't', sides: { pro: side, con: side } }),
  ],
  ['phase', 'application/json', '{"phase": "phase_4_rebuttal"}'],
  ['reason', 'application/json', '{"reason": "lunch"}'],
  ['reason', 'application/json', '{}'],
  ['nothing', 'application/json', '{}'],
  ['nothing', 'application/json', '{"more": 1}'],
  [
    'intervention',
    'application/json',
    JSON.stringify({ id: ID, type: 'question', content: 'Why?' }),
  ],
  ['response', 'application/json', '{"response": "So.", "speaker": "con"}'],
]

test('one sender’s costly bodies keep no other sender waiting', async () => {
  const shared = new BodyDecoder(rules, inject('decodeWorker'), { maxWorkers: 2 })
  const decode = (kind: BodyKind, text: string, sender: string) =>
    shared.decode(
      { kind, type: 'application/json', bytes: Buffer.from(text), context: { host: 'box' } },
      sender,
    )
  try {
    // Each takes as long as a body may.
    const many = `[${'[],'.repeat(5_000_000)}[]]`
    const ended: unknown[] = []
    for (let n = 0; n < 3; n++) {
      decode('api-events', many, 'costly').then(
        (decoded) => ended.push(decoded),
        (error: unknown) => ended.push(error),
      )
    }
    const ordinary = { ...hook, tool_input: { command: 'x'.repeat(100 * 1024) } }
    await within('it is decoded', decode('claude-code', JSON.stringify(ordinary), 'ordinary'))
    expect(ended).toEqual([])
  } finally {
    await shared.close()
  }
})

/** The same body, with so much space behind it that it goes to a thread. Lines and columns stay. */
function enlarged(text: string): string {
  return `${text}${' '.repeat(MAX_INLINE_BYTES)}`
}

function outcomeOf(kind: BodyKind, type: BodyType, text: string): Promise<unknown> {
  const body: Body = { kind, type, bytes: Buffer.from(text), context: { host: 'box' } }
  return within(
    'the body is decoded',
    decoder
      .decode(body)
      .catch((error: Error) => ({ ...error, kind: error.constructor, message: error.message })),
  )
}

test.each(bodies)(
  'a large body of %s (%s) becomes what a small one becomes: %s',
  async (kind, type, text) => {
    const here = await outcomeOf(kind, type, text)
    const there = await outcomeOf(kind, type, enlarged(text))
    expect(there).toStrictEqual(here)
    expect(`${JSON.stringify(there)}`).not.toContain(TOKEN)
  },
)

test('many reports come back whole and in their order', async () => {
  const items = Array.from({ length: 5_000 }, (_, index) => ({
    ...item,
    message: `number ${index}`,
  }))
  const decoded = await outcomeOf('api-events', 'application/json', JSON.stringify(items))
  const { reports } = decoded as { reports: { event: { data: object }; reportedAt: Date }[] }
  expect(reports.map(({ event }) => event.data)).toEqual(items.map(({ message }) => ({ message })))
  expect(reports.at(-1)?.reportedAt).toEqual(new Date('2026-01-01T00:00:00Z'))
})

test('a body that takes too long is refused', async () => {
  const slow = new BodyDecoder(rules, inject('decodeWorker'), { taskMs: 1 })
  const bytes = Buffer.from(enlarged(JSON.stringify(item)))
  const body: Body = {
    kind: 'api-events',
    type: 'application/json',
    bytes,
    context: { host: null },
  }
  await expect(within('it is given up', slow.decode(body))).rejects.toMatchObject({ status: 413 })
  await slow.close()
})
