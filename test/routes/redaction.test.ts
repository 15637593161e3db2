import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../support/deadline'
import { TestDebate } from '../support/debate'
import { startTestMuster, type TestMuster } from '../support/muster'
import { recordBody } from '../support/otlp'
import { FIELDS, KEYS, TEXTS, TOKENS } from '../support/secret-corpus'

let muster: TestMuster

beforeAll(async () => {
  muster = await startTestMuster()
})
afterAll(() => muster.stop())

const secret = `ghp_${'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'}`

test('a secret is in no column of any table, whichever door it came through', async () => {
  const hook = await muster.fetch('/hooks/claude-code', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      session_id: 'leaky',
      cwd: '/srv/leaky',
      hook_event_name: 'PreToolUse',
      tool_name: 'Bash',
      tool_input: { command: `git push https://me:${secret}@github.com/x/y`, [secret]: [secret] },
      tool_use_id: 'leak-1',
      prompt_id: 'leak',
    }),
  })
  expect(hook.status).toBe(200)
  await muster.report({
    type: 'leak',
    project: 'leaky',
    message: secret,
    data: { api_key: 'hunter2' },
  })
  for (const table of ['events', 'agents', 'turns', 'projects', 'report_keys']) {
    const { rows } = await muster.sql(`SELECT ${table}::text AS text FROM ${table}`)
    for (const { text } of rows) {
      expect(text).not.toContain(secret)
      expect(text).not.toContain('hunter2')
    }
  }
})

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  muster.fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: headers['Content-Encoding'] ? gzipSync(JSON.stringify(body)) : JSON.stringify(body),
  })

/** All that is stored anywhere, in small letters, as the index of the search has its words. */
async function everythingStored(): Promise<string> {
  await until('what was reported can be searched', async () => {
    const { rows } = await muster.sql(
      'SELECT indexed_through >= (SELECT max(id) FROM events) AS done FROM event_search_position',
    )
    return rows[0].done
  })
  const { rows: tables } = await muster.sql(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  )
  const texts = await Promise.all(
    tables.map(({ name }) => muster.sql(`SELECT string_agg(t::text, ' ') AS text FROM ${name} t`)),
  )
  return texts
    .map(({ rows }) => rows[0].text ?? '')
    .join(' ')
    .toLowerCase()
}

test('no secret of the corpus is stored, whichever door it came through', async () => {
  const samples = [
    ...TOKENS.map(([, token]) => ({ payload: `see x_${token}`, secrets: [token] })),
    ...[...KEYS, ...FIELDS, ...TEXTS],
  ]
  const debate = await TestDebate.begin(muster, { project: 'leaky' })
  for (const [index, { payload }] of samples.entries()) {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
    const hook = { session_id: 'leaky', cwd: '/srv/leaky', prompt_id: `leak-${index}` }
    const tool = { tool_name: 'Bash', tool_use_id: `leak-${index}`, tool_input: { command: text } }
    const answers = await Promise.all([
      post('/hooks/claude-code', { ...hook, hook_event_name: 'UserPromptSubmit', prompt: text }),
      post('/hooks/claude-code', { ...hook, ...tool, hook_event_name: 'PreToolUse', payload }),
      post('/hooks/codex', { ...hook, hook_event_name: 'UserPromptSubmit', prompt: text }),
      post('/v1/logs', recordBody('user_prompt', { prompt: text, 'event.sequence': index })),
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    await muster.report({ type: 'leak', project: 'leaky', message: text, data: { payload } })
    expect((await debate.say(`${'word '.repeat(7_000)} ${text}`.slice(0, 60_000))).status).toBe(201)
  }
  const stored = await everythingStored()
  const secrets = samples.flatMap((sample) => sample.secrets).filter(({ length }) => length >= 7)
  expect(secrets.filter((secret) => stored.includes(secret.toLowerCase()))).toEqual([])
}, 60_000)

test('attributes of telemetry are secret by their key, and figures are not', async () => {
  const attributes = { api_key: 'hunter2hunter2', input_tokens: 12, 'event.sequence': 77 }
  expect((await post('/v1/logs', recordBody('odd_event', attributes))).status).toBe(200)
  const { rows } = await muster.sql(
    "SELECT data->'payload' AS payload FROM events WHERE type = 'otel_odd_event'",
  )
  expect(rows[0].payload).toMatchObject({ api_key: '[redacted: api_key]', input_tokens: 12 })
})

test.each([55, 60, 61, 62, 63, 64, 65, 70, 90])(
  'a secret %i levels down in the data of an event is not stored',
  async (levels) => {
    const data = JSON.parse(`${'{"a":'.repeat(levels)}"${secret}"${'}'.repeat(levels)}`)
    await muster.report({ type: 'deep', project: 'leaky', data })
    const { rows } = await muster.sql("SELECT string_agg(data::text, '') AS text FROM events")
    expect(rows[0].text).not.toContain(secret)
  },
)

test('the largest hostile reports cost a small multiple of ordinary ones of their size', async () => {
  const fill = (unit: string, length: number) => unit.repeat(Math.ceil(length / unit.length))
  const sentence = 'The quick brown fox jumps over the lazy dog. '
  const hook = (text: string) => ({
    session_id: 'hostile',
    hook_event_name: 'PostToolUse',
    tool_name: 'Read',
    tool_response: fill(text, 15_700_000),
  })
  const sends: ((text: string) => Promise<Response>)[] = [
    (text) => post('/v1/logs', recordBody('big', { text: fill(text, 4_000_000) }), GZIP),
    (text) =>
      post('/api/events', { type: 'big', project: 'leaky', data: { text: fill(text, 1_000_000) } }),
    (text) => post('/hooks/claude-code', hook(text)),
  ]
  for (const send of sends) {
    const times: number[] = []
    for (const text of [sentence, sentence, '-eyJ']) {
      const begun = performance.now()
      const answer = await send(text)
      await answer.text()
      times.push(performance.now() - begun)
    }
    const [, ordinary = 0, hostile = 0] = times
    expect(hostile).toBeLessThan(20 * ordinary)
  }
}, 60_000)

const GZIP = { 'Content-Encoding': 'gzip' }

test('a redacted place says so on the page', async () => {
  const { last_id } = await muster.report({
    type: 'leak',
    project: 'leaky',
    message: `see ${secret}`,
  })
  const page = await muster.fetch(`/events/${last_id}`)
  expect(await page.text()).toContain('see [redacted: GitHub token]')
})
