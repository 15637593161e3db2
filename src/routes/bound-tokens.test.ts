import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BEARER, TOKEN } from './test-login'
import { startTestMuster, type TestMuster } from './test-muster'
import { makeToken, projectIdOf } from './test-tokens'

let muster: TestMuster
let mine: number

beforeAll(async () => {
  muster = await startTestMuster({ MUSTER_TOKEN: TOKEN, MUSTER_WRONG_TOKENS_PER_MINUTE: '1000' })
  await muster.report(
    { type: 'noted', project: 'mine', agent: 'mender' },
    { type: 'noted', project: 'theirs', agent: 'painter', state: 'processing' },
  )
  mine = await projectIdOf(muster, 'mine')
})
afterAll(() => muster.stop())

type Headers = Record<string, string>
const read = (headers: Headers, path = '/api/events/history') => muster.fetch(path, { headers })
const send = (headers: Headers, ...reports: object[]) =>
  muster.fetch('/api/events', {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json' },
    body: JSON.stringify(reports),
  })
const note = (project: string, more = {}) => ({ type: 'noted', project, ...more })
const hook = (headers: Headers, cwd: string, session: string) =>
  muster.fetch('/hooks/claude-code', {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json' },
    body: JSON.stringify({ session_id: session, hook_event_name: 'SessionStart', cwd }),
  })
const counts = async () => {
  const { rows } = await muster.sql(
    `SELECT (SELECT count(*) FROM events WHERE type NOT LIKE 'access.%')::int AS events,
       (SELECT count(*) FROM projects)::int AS projects, (SELECT count(*) FROM agents)::int AS agents`,
  )
  return rows[0]
}

describe('a token that is bound to a project', () => {
  let headers: Headers

  beforeAll(async () => {
    headers = (await makeToken(muster, { may: ['report', 'read'], projectIds: [mine] })).headers
  })

  it('reports for that project', async () => {
    expect((await send(headers, note('mine'), note('mine', { agent: 'new' }))).status).toBe(201)
  })

  it.each([
    ['another project', note('theirs')],
    ['a project that nobody knows', note('unheard of')],
    ['an agent of another project', note('theirs', { agent: 'painter', state: 'complete' })],
  ])('reports nothing for %s, and nothing of the request is stored', async (_, report) => {
    const before = await counts()
    const refused = await send(headers, note('mine'), report)
    expect(refused.status).toBe(403)
    expect(await refused.json()).toEqual({
      error: `What you report with is bound to certain projects, and “${report.project}” is none of them`,
    })
    expect(await counts()).toEqual(before)
  })

  it('reports nothing for a session that is at home elsewhere, wherever it says that it works', async () => {
    expect((await hook(BEARER, '/srv/theirs-2', 'session-1')).status).toBe(200)
    expect((await hook(BEARER, '/srv/mine-2', 'session-2')).status).toBe(200)
    const bound = await makeToken(muster, {
      may: ['report'],
      projectIds: [await projectIdOf(muster, 'mine-2')],
    })
    expect((await hook(bound.headers, '/srv/mine-2', 'session-2')).status).toBe(200)
    expect((await hook(bound.headers, '/srv/mine-2', 'session-3')).status).toBe(200)
    const before = await counts()
    expect((await hook(bound.headers, '/srv/mine-2', 'session-1')).status).toBe(403)
    expect((await hook(bound.headers, '/srv/elsewhere', 'session-4')).status).toBe(403)
    expect(await counts()).toEqual(before)
  })

  it('does not take down reports of others that are stored with it', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        n % 2 === 0 ? send(headers, note('theirs')) : send(BEARER, note('theirs')),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual(
      Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? 403 : 201)),
    )
  })

  it('clears no demo, and marks nothing of others as seen', async () => {
    const post = (path: string) =>
      muster.fetch(path, { method: 'POST', headers, redirect: 'manual' })
    expect((await post('/api/demo/clear')).status).toBe(403)
    const { rows } = await muster.sql(
      `SELECT id, name FROM agents WHERE name IN ('mender', 'painter')`,
    )
    const idOf = (name: string) => rows.find((row) => row.name === name).id
    expect((await post(`/agents/${idOf('painter')}/seen`)).status).toBe(404)
    expect((await post(`/agents/${idOf('mender')}/seen`)).status).toBe(303)
  })

  it('learns from /health no more than that it is there', async () => {
    expect(await (await read(headers, '/health')).json()).toEqual({
      status: 'ok',
      version: expect.any(String),
    })
  })
})
