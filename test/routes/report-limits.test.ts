import { afterEach, expect, test } from 'vitest'
import { BEARER, TOKEN } from '../support/login'
import { startTestMuster, type TestMuster } from '../support/muster'
import { makeToken } from '../support/tokens'

let muster: TestMuster
afterEach(() => muster.stop())

interface Refusal {
  status: number
  retryAfter: number
  body: { error?: string; limit?: string; accepted?: number }
}

async function post(
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Refusal> {
  const response = await muster.fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  const retryAfter = Number(response.headers.get('retry-after'))
  return { status: response.status, retryAfter, body: (await response.json()) as Refusal['body'] }
}

const report = (items: object[], headers?: Record<string, string>) =>
  post('/api/events', items, headers)
const noted = (agent: string, project = 'known') => ({
  type: 'noted',
  project,
  agent,
  state: 'processing',
})
const many = (count: number, name: string, project?: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => noted(`${name} ${n}`, project?.(n)))
const hook = (session: string, childId?: string) =>
  post('/hooks/claude-code', {
    session_id: session,
    cwd: '/srv/known',
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_use_id: `${session}${childId}`,
    ...(childId && { agent_id: childId }),
  })

async function count(table: 'agents' | 'projects' | 'events'): Promise<number> {
  const { rows } = await muster.sql(`SELECT count(*)::int AS n FROM ${table}`)
  return rows[0].n
}

async function limited(limit: string): Promise<number> {
  const metrics = await (await muster.fetch('/metrics')).text()
  const line = metrics
    .split('\n')
    .find((one) => one.startsWith(`muster_report_limits_total{limit="${limit}"}`))
  return Number(line?.split(' ')[1])
}

test('events beyond the limit are refused before anything is stored', async () => {
  muster = await startTestMuster({ MUSTER_EVENTS_PER_MINUTE: '10' })
  expect((await report(many(8, 'one'))).status).toBe(201)
  const before = await count('events')
  const { status, retryAfter, body } = await report(many(3, 'two'))
  expect(status).toBe(429)
  expect(retryAfter).toBeGreaterThanOrEqual(1)
  expect(body).toEqual({
    error: expect.stringContaining('limits.events_per_minute is 10'),
    limit: 'events_per_minute',
  })
  expect(await count('events')).toBe(before)
  expect((await report(many(2, 'one'))).status).toBe(201)
  expect(await limited('events_per_minute')).toBe(1)
})

test('new sessions beyond the limit are refused whole, and known ones go on', async () => {
  muster = await startTestMuster({ MUSTER_NEW_SESSIONS_PER_MINUTE: '10' })
  expect((await report(many(8, 'one'))).status).toBe(201)
  const before = [await count('agents'), await count('projects'), await count('events')]
  const { status, retryAfter, body } = await report([
    ...many(8, 'one'),
    ...many(3, 'two', () => 'new'),
  ])
  expect(status).toBe(429)
  expect(retryAfter).toBeGreaterThanOrEqual(1)
  expect(body).toEqual({
    error: expect.stringContaining('limits.new_sessions_per_minute is 10'),
    limit: 'new_sessions_per_minute',
  })
  expect([await count('agents'), await count('projects'), await count('events')]).toEqual(before)
  expect((await report(many(8, 'one'))).body).toMatchObject({ accepted: 8 })
  expect((await hook('third', 'child')).status).toBe(200)
  expect((await hook('third', 'other')).body.limit).toBe('new_sessions_per_minute')
  expect((await hook('third', 'child')).status).toBe(200)
  expect(await count('agents')).toBe(10)
  expect(await limited('new_sessions_per_minute')).toBe(2)
})

test('requests that share a transaction are refused one by one', async () => {
  muster = await startTestMuster({ MUSTER_NEW_SESSIONS_PER_MINUTE: '10' })
  await report(many(1, 'known'))
  const requests = Array.from({ length: 40 }, (_, n) =>
    report(n % 2 === 0 ? many(1, `new ${n}`) : many(1, 'known')),
  )
  const statuses = (await Promise.all(requests)).map(({ status }) => status)
  expect(statuses.filter((_, n) => n % 2 === 1)).toEqual(Array(20).fill(201))
  expect(statuses.filter((status) => status === 201)).toHaveLength(20 + 9)
  expect(statuses.filter((status) => status === 429)).toHaveLength(11)
  expect(await count('agents')).toBe(10)
})

test('one request may have more that is new than a minute allows; the next one waits', async () => {
  muster = await startTestMuster({ MUSTER_NEW_SESSIONS_PER_MINUTE: '10' })
  expect((await report(many(25, 'one'))).status).toBe(201)
  const { status, retryAfter } = await report(many(1, 'two'))
  expect(status).toBe(429)
  expect(retryAfter).toBeGreaterThan(60)
})

test('new projects are counted apart, those of debates too', async () => {
  muster = await startTestMuster({ MUSTER_NEW_PROJECTS_PER_MINUTE: '3' })
  const side = { position: 'yes' }
  const debate = (project: string) =>
    post('/api/debates', { project, title: 't', sides: { pro: side, con: side } })
  expect((await report(many(2, 'a', (n) => `project ${n}`))).status).toBe(201)
  expect((await debate('of a debate')).status).toBe(201)
  expect((await debate('of a debate')).status).toBe(201)
  for (const refused of [await debate('another'), await report([noted('a', 'another')])]) {
    expect(refused).toMatchObject({ status: 429, body: { limit: 'new_projects_per_minute' } })
  }
  expect(await count('projects')).toBe(3)
  expect((await report(many(50, 'b', () => 'project 1'))).status).toBe(201)
})

test('each token has limits of its own', async () => {
  muster = await startTestMuster({ MUSTER_TOKEN: TOKEN, MUSTER_NEW_SESSIONS_PER_MINUTE: '2' })
  const other = (await makeToken(muster, { may: ['report'] })).headers
  expect((await report(many(2, 'one'), BEARER)).status).toBe(201)
  expect((await report(many(1, 'two'), BEARER)).status).toBe(429)
  expect((await report(many(2, 'two'), other)).status).toBe(201)
  expect((await report(many(1, 'three'), other)).status).toBe(429)
})

test('0 is no limit', async () => {
  muster = await startTestMuster({
    MUSTER_EVENTS_PER_MINUTE: '0',
    MUSTER_NEW_SESSIONS_PER_MINUTE: '0',
    MUSTER_NEW_PROJECTS_PER_MINUTE: '0',
  })
  for (const name of ['one', 'two']) {
    expect((await report(many(4_000, name, (n) => `${name} ${n % 800}`))).status).toBe(201)
  }
})
