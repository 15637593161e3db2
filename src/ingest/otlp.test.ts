import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { metricsBody, recordBody } from '../../test/support/otlp'
import { projectPath } from '../config/project-path'
import { BadInput } from '../errors/app-error'
import { parseOtlpLogs } from './otlp-logs'
import { parseOtlpMetrics } from './otlp-metrics'

const fixture = JSON.parse(readFileSync(projectPath('test/fixtures/otlp-logs.json'), 'utf8'))
const context = { host: null }

test('the records of a request become reports, and those that hooks tell of none', () => {
  const reports = parseOtlpLogs(fixture, context)
  expect(reports.map(({ event, signal }) => [event.type, signal.kind])).toEqual([
    ['otel_user_prompt', 'logged'],
    ['usage_reported', 'observed'],
    ['otel_something_new', 'logged'],
  ])
})

test('a request of the agent is usage, with numbers and without text', () => {
  const [, report] = parseOtlpLogs(fixture, context)
  expect(report).toMatchObject({
    reporter: 'claude-code',
    agent: { key: 'claude-code/s-otlp', sessionId: 's-otlp', onlyIfKnown: true },
    promptId: 'p-1',
    dedupeKey: expect.stringMatching(/^otlp\//),
    reportedAt: new Date(1_789_552_803_456),
  })
  expect(report?.event).toEqual({
    type: 'usage_reported',
    summary: 'claude-opus-4-8: 1200 tokens in, 340 out, $0.0525',
    data: {
      session_uuid: 's-otlp',
      duration_ms: 4100,
      source: 'request',
      model: 'claude-opus-4-8',
      input_tokens: 1200,
      output_tokens: 340,
      cache_read_tokens: 80_000,
      cache_creation_tokens: 500,
      cost_usd: 0.0525,
    },
  })
})

test('a request for itself, or of no prompt, says nothing about the turn', () => {
  const kinds = [{ query_source: 'auxiliary', 'prompt.id': 'p' }, {}, { 'prompt.id': 'p' }].map(
    (more) => parseOtlpLogs(recordBody('api_request', more), context)[0]?.signal.kind,
  )
  expect(kinds).toEqual(['logged', 'logged', 'observed'])
})

test('figures that cannot be any are none', () => {
  const wrong = { input_tokens: '-4', output_tokens: 'many', cost_usd: '1e300' }
  const [report] = parseOtlpLogs(recordBody('api_request', wrong), context)
  expect(report?.event.data).toMatchObject({ input_tokens: 0, output_tokens: 0, cost_usd: 0 })
})

test.each([
  ['accept', 'user_temporary', 'accepted'],
  ['accept', 'config', 'accepted'],
  ['reject', 'user_reject', 'rejected'],
  ['reject', 'user_abort', 'aborted'],
])('a decision %s by %s is %s', (decision, source, made) => {
  const said = { decision, source, tool_name: 'Bash', tool_use_id: 't1' }
  const [report] = parseOtlpLogs(recordBody('tool_decision', said), context)
  expect(report?.signal).toEqual({
    kind: 'decided',
    toolKey: 't1',
    toolName: 'Bash',
    decision: made,
  })
  expect(report?.event).toMatchObject({ type: 'tool_decision', data: { decision: made, source } })
})

test('a decision that nobody knows is a row and no more', () => {
  const [report] = parseOtlpLogs(recordBody('tool_decision', { decision: 'perhaps' }), context)
  expect(report?.signal.kind).toBe('logged')
})

test('a resource attribute puts a session into its project', () => {
  const of = (project: string) =>
    parseOtlpLogs(recordBody('api_request', { 'muster.project': project }), { host: 'box' })[0]
  expect(of('/srv/shop/')?.project).toMatchObject({ key: 'path:box:/srv/shop', name: 'shop' })
  expect(of('git@host:me/shop.git')?.project).toMatchObject({ key: 'repository:git@host:me/shop' })
  expect(of('shop')?.project).toMatchObject({ key: 'name:shop', name: 'shop' })
  expect(of('shop')?.agent).not.toHaveProperty('onlyIfKnown')
})

test('the same record has the same key, and another another', () => {
  const key = (name: string, more: Record<string, unknown>) =>
    parseOtlpLogs(recordBody(name, more), context)[0]?.dedupeKey
  expect(key('api_request', { request_id: 'r' })).toBe(
    key('api_request', { request_id: 'r', x: 1 }),
  )
  expect(key('api_request', { request_id: 'r' })).not.toBe(key('api_request', { request_id: 's' }))
  expect(key('auth', { 'event.sequence': 1 })).not.toBe(key('auth', { 'event.sequence': 2 }))
})

test('sums of tokens and cost are usage; other metrics are nothing', () => {
  const { reports, rejected } = parseOtlpMetrics(
    metricsBody([
      ['claude_code.token.usage', 120, { type: 'input' }],
      ['claude_code.token.usage', 30, { type: 'cacheRead' }],
      ['claude_code.token.usage', 7, { type: 'unheard' }],
      ['claude_code.cost.usage', 0.25, {}],
      ['claude_code.lines_of_code.count', 12, { type: 'added' }],
    ]),
    context,
  )
  expect(rejected).toBe(0)
  expect(reports.map(({ event }) => event.data)).toMatchObject([
    { source: 'metric', model: 'opus', input_tokens: 120, cost_usd: 0 },
    { cache_read_tokens: 30 },
    { cost_usd: 0.25, input_tokens: 0 },
  ])
  expect(new Set(reports.map(({ dedupeKey }) => dedupeKey)).size).toBe(3)
})

test('sums since a start are rejected, and counted as such', () => {
  const points = [['claude_code.cost.usage', 1, {}]] as const
  expect(parseOtlpMetrics(metricsBody(points, 2), context)).toEqual({ reports: [], rejected: 1 })
  const named = metricsBody(points, 'AGGREGATION_TEMPORALITY_DELTA')
  expect(parseOtlpMetrics(named, context).reports).toHaveLength(1)
})

test.each([null, [], 'text', {}, { resourceLogs: 3 }])('%j is no OTLP', (body) => {
  expect(() => parseOtlpLogs(body, context)).toThrow(BadInput)
  expect(() => parseOtlpMetrics(body, context)).toThrow(BadInput)
})

test('whatever lies inside is read as far as it makes sense', () => {
  const odd = {
    resourceLogs: [null, { scopeLogs: [{ logRecords: [1, { body: 7, attributes: {} }] }] }],
  }
  const [report, ...others] = parseOtlpLogs(odd, context)
  expect(others).toEqual([])
  expect(report).toMatchObject({ agent: null, event: { type: 'otel_unknown' }, dedupeKey: null })
})
