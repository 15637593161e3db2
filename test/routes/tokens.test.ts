import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BEARER } from '../support/login'
import { startTestMuster, type TestMuster } from '../support/muster'
import { type Headers, makeToken, note, startTokenStage, type TokenStage } from '../support/tokens'
import { until } from '../support/wait'

let stage: TokenStage
let muster: TestMuster
let mine: number

beforeAll(async () => {
  stage = await startTokenStage()
  muster = stage.muster
  mine = stage.mine
})
afterAll(() => muster.stop())

describe('a token', () => {
  it('has 256 random bits, which are stored nowhere', async () => {
    const { id, text } = await makeToken(muster, { name: 'robot' })
    expect(text).toMatch(/^muster_[\w-]{43}$/)
    const { rows } = await muster.sql(
      'SELECT tokens::text FROM tokens UNION SELECT data::text FROM events',
    )
    expect(JSON.stringify(rows)).not.toContain(text.slice(7))
    const { rows: stored } = await muster.sql('SELECT hash FROM tokens WHERE id = $1', [id])
    expect((await stage.read({ Authorization: `Bearer ${stored[0].hash}` })).status).toBe(401)
    expect((await stage.read({ Authorization: `Bearer muster_${stored[0].hash}` })).status).toBe(
      401,
    )
  })

  it('is taken from a header only, and only whole', async () => {
    const { text } = await makeToken(muster)
    const ask = (path: string, headers: Headers = {}) =>
      stage.read(headers, path).then((r) => r.status)
    expect(await ask(`/api/events/history?token=${text}&access_token=${text}`)).toBe(401)
    expect(await ask('/api/events/history', { Cookie: `muster_session=${text.slice(7)}` })).toBe(
      401,
    )
    for (const wrong of [
      text.slice(0, -1),
      `${text}x`,
      text.toUpperCase(),
      'muster_',
      text.slice(7),
    ]) {
      expect(await ask('/api/events/history', { Authorization: `Bearer ${wrong}` }), wrong).toBe(
        401,
      )
    }
    expect(await ask('/api/events/history', { Authorization: `bearer  ${text} ` })).toBe(200)
  })

  it('that may only report reads nothing', async () => {
    const { headers } = await makeToken(muster, { may: ['report'] })
    expect((await stage.send(headers, note('mine'))).status).toBe(201)
    for (const path of [
      '/',
      '/api/events',
      '/api/events/history',
      '/live?topic=board',
      '/events/1',
    ]) {
      const refused = await stage.read(headers, path)
      expect(refused.status, path).toBe(403)
      expect(await refused.json()).toEqual({ error: 'This token does not have the right “read”' })
    }
  })

  it('that may only read reports nothing', async () => {
    const { headers } = await makeToken(muster, { may: ['read'] })
    expect((await stage.read(headers)).status).toBe(200)
    const before = await stage.counts()
    expect((await stage.send(headers, note('mine'))).status).toBe(403)
    expect((await stage.hook(headers, '/srv/mine', 's')).status).toBe(403)
    const seen = await muster.fetch('/agents/1/seen', { method: 'POST', headers })
    expect([seen.status, await stage.counts()]).toEqual([403, before])
  })

  it('of an administrator may everything', async () => {
    const { headers } = await makeToken(muster, { may: ['admin'] })
    expect((await stage.send(headers, note('mine'))).status).toBe(201)
    expect((await stage.read(headers)).status).toBe(200)
    expect(await (await stage.read(headers)).text()).toContain('access.token_created')
  })

  it('is refused in words that a browser shows as a page', async () => {
    const { headers } = await makeToken(muster, { may: ['report'] })
    const page = await stage.read({ ...headers, Accept: 'text/html' }, '/')
    expect(page.status).toBe(403)
    const html = await page.text()
    expect(html).toContain('does not have the right')
    expect(html).toContain('Ask an administrator')
  })

  it('notes when it was last used, once a minute', async () => {
    const { id, headers } = await makeToken(muster)
    const lastUse = async () =>
      (await muster.sql('SELECT last_used_at FROM tokens WHERE id = $1', [id])).rows[0].last_used_at
    expect(await lastUse()).toBeNull()
    await stage.read(headers)
    await until('the use is noted', async () => (await lastUse()) !== null)
    const first = await lastUse()
    expect(Date.now() - first.getTime()).toBeLessThan(60_000)
    await stage.read(headers)
    expect(await lastUse()).toEqual(first)
  })

  it('is over when it is revoked or has run out', async () => {
    const { id, headers } = await makeToken(muster)
    expect((await stage.read(headers)).status).toBe(200)
    expect(await muster.services.access.tokens.revoke(id, 'test')).toMatch(/^token \d+$/)
    expect((await stage.read(headers)).status).toBe(401)
    expect(await muster.services.access.tokens.revoke(id, 'test')).toBeNull()
    const short = await makeToken(muster, { expiresInSeconds: 3_600 })
    expect((await stage.read(short.headers)).status).toBe(200)
    await muster.sql('UPDATE tokens SET expires_at = clock_timestamp() WHERE id = $1', [short.id])
    expect((await stage.read(short.headers)).status).toBe(401)
  })

  it('has a name of its own', async () => {
    await makeToken(muster, { name: 'twin' })
    await expect(makeToken(muster, { name: 'Twin ' })).rejects.toThrow('of this name already')
    await expect(makeToken(muster, { name: ' ' })).rejects.toThrow('needs a name')
    await expect(makeToken(muster, { may: [] })).rejects.toThrow('at least one right')
    await expect(makeToken(muster, { projectIds: [mine] })).rejects.toThrow('cannot be bound')
    await expect(makeToken(muster, { may: ['read'], projectIds: [] })).rejects.toThrow(
      'at least one project',
    )
  })
})

describe('changes of tokens', () => {
  it('are rows of the log, with who made them and no secret', async () => {
    const { id, text } = await makeToken(muster, {
      name: 'logged',
      may: ['read'],
      projectIds: [mine],
    })
    await muster.services.access.tokens.revoke(id, 'somebody')
    const { rows } = await muster.sql('SELECT * FROM events WHERE target_id = $1 ORDER BY id', [id])
    expect(rows).toMatchObject([
      { type: 'access.token_created', actor_id: 'test', target_type: 'token', project_id: null },
      { type: 'access.token_revoked', actor_id: 'somebody', summary: 'Token “logged” was revoked' },
    ])
    expect(rows[0].data).toEqual({ name: 'logged', may: ['read'], project_ids: [mine] })
    expect(JSON.stringify(rows)).not.toContain(text.slice(7, 20))
  })

  it('cannot be reported by a program', async () => {
    const refused = await stage.send(BEARER, { type: 'access.token_created', project: 'mine' })
    expect([refused.status, await refused.json()]).toEqual([
      400,
      { error: 'type: is reserved for Muster itself', field: 'type', index: 0 },
    ])
  })
})

describe('without a MUSTER_TOKEN', () => {
  it('a token has its own rights all the same, and a revoked one none', async () => {
    const local = await startTestMuster()
    await local.report(note('theirs'))
    const { id, headers } = await makeToken(local, { may: ['report'] })
    const ask = () => local.fetch('/api/events/history', { headers })
    expect((await ask()).status).toBe(403)
    await local.services.access.tokens.revoke(id, 'test')
    expect((await ask()).status).toBe(401)
    expect((await local.fetch('/api/events/history')).status).toBe(200)
    await local.stop()
  })
})
