import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BEARER } from '../support/login'
import type { TestMuster } from '../support/muster'
import {
  makeToken,
  note,
  projectIdOf,
  startTokenStage,
  type TestToken,
  type TokenStage,
} from '../support/tokens'

let stage: TokenStage
let muster: TestMuster
let mine: number

beforeAll(async () => {
  stage = await startTokenStage()
  muster = stage.muster
  mine = stage.mine
})
afterAll(() => muster.stop())

describe('a token that is bound to a project', () => {
  let headers: TestToken['headers']

  beforeAll(async () => {
    headers = (await makeToken(muster, { may: ['report', 'read'], projectIds: [mine] })).headers
  })

  it('reports for that project', async () => {
    expect((await stage.send(headers, note('mine'), note('mine', { agent: 'new' }))).status).toBe(
      201,
    )
  })

  it.each([
    ['another project', note('theirs')],
    ['a project that nobody knows', note('unheard of')],
    ['an agent of another project', note('theirs', { agent: 'painter', state: 'complete' })],
  ])('reports nothing for %s, and nothing of the request is stored', async (_, report) => {
    const before = await stage.counts()
    const refused = await stage.send(headers, note('mine'), report)
    expect(refused.status).toBe(403)
    expect(await refused.json()).toEqual({
      error: `What you report with is bound to certain projects, and “${report.project}” is none of them`,
    })
    expect(await stage.counts()).toEqual(before)
  })

  it('reports nothing for a session that is at home elsewhere, wherever it says that it works', async () => {
    expect((await stage.hook(BEARER, '/srv/theirs-2', 'session-1')).status).toBe(200)
    expect((await stage.hook(BEARER, '/srv/mine-2', 'session-2')).status).toBe(200)
    const bound = await makeToken(muster, {
      may: ['report'],
      projectIds: [await projectIdOf(muster, 'mine-2')],
    })
    expect((await stage.hook(bound.headers, '/srv/mine-2', 'session-2')).status).toBe(200)
    expect((await stage.hook(bound.headers, '/srv/mine-2', 'session-3')).status).toBe(200)
    const before = await stage.counts()
    expect((await stage.hook(bound.headers, '/srv/mine-2', 'session-1')).status).toBe(403)
    expect((await stage.hook(bound.headers, '/srv/elsewhere', 'session-4')).status).toBe(403)
    expect(await stage.counts()).toEqual(before)
  })

  it('does not take down reports of others that are stored with it', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        n % 2 === 0 ? stage.send(headers, note('theirs')) : stage.send(BEARER, note('theirs')),
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

  it('clears no demo either if it may report everywhere, but nothing else', async () => {
    const reporter = await makeToken(muster, { may: ['report'] })
    expect((await stage.send(reporter.headers, note('mine'))).status).toBe(201)
    const clear = await muster.fetch('/api/demo/clear', {
      method: 'POST',
      headers: reporter.headers,
    })
    expect(clear.status).toBe(403)
  })

  it('learns from /health no more than that it is there', async () => {
    expect(await (await stage.read(headers, '/health')).json()).toEqual({
      status: 'ok',
      version: expect.any(String),
    })
  })
})
