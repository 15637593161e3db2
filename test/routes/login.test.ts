import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { safeRedirect } from '../../src/http/login-redirect'
import { createTestDatabase } from '../support/database'
import { BEARER, logIn, sendLogin, TOKEN } from '../support/login'
import { startMusterOn, startTestMuster, type TestMuster } from '../support/muster'

let muster: TestMuster

beforeAll(async () => {
  muster = await startTestMuster({ MUSTER_TOKEN: TOKEN, MUSTER_WRONG_TOKENS_PER_MINUTE: '1000' })
})
afterAll(() => muster.stop())

const PAGE = { Accept: 'text/html' }
const open = (path: string, headers: Record<string, string> = {}) =>
  muster.fetch(path, { headers: { ...PAGE, ...headers }, redirect: 'manual' })

describe('the login', () => {
  it('is asked for first, and leads back to the page', async () => {
    const asked = await open('/?state=idle&sort=priority')
    expect(asked.status).toBe(303)
    const login = asked.headers.get('location') ?? ''
    expect(login).toBe(`/login?next=${encodeURIComponent('/?state=idle&sort=priority')}`)
    const form = await open(login)
    expect(form.status).toBe(200)
    expect(form.headers.get('cache-control')).toBe('no-store')
    const html = await form.text()
    expect(html).toContain('name="token"')
    expect(html).toContain('value="/?state=idle&amp;sort=priority"')
    const done = await sendLogin(muster, { token: ` ${TOKEN} `, next: '/?state=idle' })
    expect([done.status, done.headers.get('location')]).toEqual([303, '/?state=idle'])
  })

  it('gives a cookie that no script and no other site can use', async () => {
    const done = await sendLogin(muster, { token: TOKEN })
    expect(done.headers.get('set-cookie')).toMatch(
      /^muster_session=[\w-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Lax$/,
    )
  })

  it('opens pages, streams and reads, but no reports', async () => {
    const cookie = await logIn(muster)
    const page = await open('/', cookie)
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('action="/logout"')
    for (const path of ['/api/events/history', '/live?topic=board']) {
      expect((await open(path, cookie)).status, path).toBe(200)
    }
    const report = await muster.fetch('/api/events', {
      method: 'POST',
      headers: { ...cookie, 'Content-Type': 'application/json' },
      body: '{"type":"noted","project":"p"}',
    })
    expect(report.status).toBe(401)
  })

  it('refuses a wrong token, shows the form again and says why', async () => {
    for (const token of ['', 'wrong', `${TOKEN}x`, TOKEN.slice(1), `${TOKEN}\0`]) {
      const refused = await sendLogin(muster, { token, next: '/agents/1' })
      expect(refused.status, token).toBe(401)
      expect(refused.headers.get('set-cookie')).toBeNull()
      const html = await refused.text()
      expect(html).toContain('That is not the token.')
      expect(html).toContain('value="/agents/1"')
      expect(html).not.toContain(TOKEN)
    }
  })

  it('reads its own form only', async () => {
    const send = (body: string, type: string) =>
      muster.fetch('/login', { method: 'POST', body, headers: { 'Content-Type': type } })
    expect((await send(JSON.stringify({ token: TOKEN }), 'application/json')).status).toBe(415)
    expect((await send(`token=${TOKEN}`, 'text/plain')).status).toBe(415)
    const form = 'application/x-www-form-urlencoded'
    expect((await send(`token=${'x'.repeat(10_000)}`, form)).status).toBe(413)
  })

  it('is not asked for again of who has logged in', async () => {
    const page = await open('/login?next=/events', await logIn(muster))
    expect([page.status, page.headers.get('location')]).toEqual([303, '/events'])
    expect((await open('/login?next=/events', {})).status).toBe(200)
  })

  it('is over after the log-out, and the cookie is taken away', async () => {
    const cookie = await logIn(muster)
    const other = await logIn(muster)
    const out = await muster.fetch('/logout', {
      method: 'POST',
      headers: { ...PAGE, ...cookie },
      redirect: 'manual',
    })
    expect([out.status, out.headers.get('location')]).toEqual([303, '/login'])
    expect(out.headers.get('set-cookie')).toContain('muster_session=; Path=/; Max-Age=0')
    expect((await open('/', cookie)).status).toBe(303)
    expect((await open('/', other)).status).toBe(200)
  })

  it('is not ended by a link or an image', async () => {
    const cookie = await logIn(muster)
    expect((await open('/logout', cookie)).status).toBe(404)
    expect((await open('/', cookie)).status).toBe(200)
  })

  it('ends by itself after 30 days', async () => {
    const cookie = await logIn(muster)
    const { rows } = await muster.sql(
      `SELECT extract(epoch FROM max(expires_at) - clock_timestamp()) / 86400 AS days FROM sessions`,
    )
    expect(Number(rows[0].days)).toBeCloseTo(30, 2)
    await muster.sql('UPDATE sessions SET expires_at = clock_timestamp()')
    expect((await open('/', cookie)).status).toBe(303)
    await logIn(muster)
    const { rows: left } = await muster.sql('SELECT count(*)::int AS n FROM sessions')
    expect(left[0].n).toBe(1)
  })

  it('leaves nothing in the database from which a cookie or the token could be made', async () => {
    const { Cookie } = await logIn(muster)
    const { rows } = await muster.sql('SELECT sessions::text FROM sessions')
    const stored = JSON.stringify(rows)
    expect(stored).not.toContain(Cookie.split('=')[1])
    expect(stored).not.toContain(TOKEN)
    const { rows: ids } = await muster.sql('SELECT token FROM sessions')
    for (const { token } of ids) {
      expect((await open('/', { Cookie: `muster_session=${token}` })).status).toBe(303)
    }
  })

  it('notes when it was last used, once a minute', async () => {
    const cookie = await logIn(muster)
    await muster.sql(`UPDATE sessions SET updated_at = clock_timestamp() - interval '1 hour'`)
    await open('/', cookie)
    const { rows } = await muster.sql(
      `SELECT count(*)::int AS n FROM sessions WHERE updated_at > clock_timestamp() - interval '1 minute'`,
    )
    expect(rows[0].n).toBe(1)
  })
})

describe('a login and a restart', () => {
  it('outlives it, unless the token was changed', async () => {
    const database = await createTestDatabase()
    const first = await startMusterOn(database.url, { MUSTER_TOKEN: TOKEN })
    const cookie = await logIn(first)
    await first.stop()
    const statusWith = async (token: string) => {
      const again = await startMusterOn(database.url, { MUSTER_TOKEN: token })
      const { status } = await again.fetch('/', {
        headers: { ...PAGE, ...cookie },
        redirect: 'manual',
      })
      await again.stop()
      return status
    }
    expect(await statusWith(TOKEN)).toBe(200)
    expect(await statusWith('another token that is long')).toBe(303)
    await database.drop()
  })
})

describe('the token', () => {
  it('opens reads, streams and reports to programs', async () => {
    expect(await muster.report({ type: 'noted', project: 'p' })).toMatchObject({ accepted: 1 })
    expect((await muster.fetch('/api/events/history', { headers: BEARER })).status).toBe(200)
    expect((await muster.fetch('/', { headers: BEARER })).status).toBe(200)
  })

  it('is taken in a header only, and only whole', async () => {
    const inQuery = await muster.fetch(
      `/api/events/history?token=${encodeURIComponent(TOKEN)}&access_token=${TOKEN}`,
    )
    expect(inQuery.status).toBe(401)
    for (const header of [
      'Bearer',
      'Bearer ',
      `Basic ${btoa(`muster:${TOKEN}`)}`,
      TOKEN,
      `Bearer ${TOKEN}x`,
      `Bearer ${TOKEN.toUpperCase()}`,
      `Bearer "${TOKEN}"`,
      `Bearer Bearer ${TOKEN}`,
    ]) {
      const headers = { Authorization: header }
      expect((await muster.fetch('/api/events/history', { headers })).status, header).toBe(401)
    }
  })

  it('that is wrong is not made up for by a cookie', async () => {
    const cookie = await logIn(muster)
    const headers = { ...cookie, Authorization: 'Bearer wrong' }
    expect((await muster.fetch('/api/events/history', { headers })).status).toBe(401)
  })

  it('is what /health wants before it says more than that it is there', async () => {
    const health = (headers = {}) =>
      muster.fetch('/health', { headers }).then((response) => response.json())
    expect(await health()).toEqual({ status: 'ok', version: expect.any(String) })
    expect(await health(BEARER)).toMatchObject({ database: 'ok', sse: { running: true } })
  })
})

describe('without a token', () => {
  it('the login has nothing to ask, and leads on', async () => {
    const local = await startTestMuster()
    for (const method of ['GET', 'POST']) {
      const body = method === 'POST' ? new URLSearchParams({ next: '/agents/1' }) : null
      const answer = await local.fetch('/login?next=/agents/1', {
        method,
        body,
        redirect: 'manual',
      })
      expect([answer.status, answer.headers.get('location')]).toEqual([303, '/agents/1'])
    }
    expect(await (await local.fetch('/')).text()).not.toContain('/logout')
    await local.stop()
  })
})

describe('where a login leads', () => {
  it.each([
    ['/', '/'],
    ['/agents/1?sort=project#feed', '/agents/1?sort=project#feed'],
    ['/projects/a-b', '/projects/a-b'],
    ['/?q=//evil.test', '/?q=//evil.test'],
  ])('may be %j', (text, next) => expect(safeRedirect(text)).toBe(next))

  it.each([
    '//evil.test',
    '///evil.test',
    '/\\evil.test',
    '\\\\evil.test',
    '/\t/evil.test',
    '\t//evil.test',
    '/\n/evil.test',
    '/.//evil.test',
    '/..//evil.test',
    '/a/..//evil.test',
    '/%2e//evil.test',
    '/./\\evil.test',
    'https://evil.test',
    'https:evil.test',
    'http:/evil.test',
    'http://muster.invalid/',
    'javascript:alert(1)',
    'data:text/html,x',
    'evil.test',
    '@evil.test',
    '/login?next=/login',
    '/logout',
    'http://[',
    `/${'x'.repeat(3_000)}`,
    '',
  ])('is the board instead of %j', async (text) => {
    expect(safeRedirect(text)).toBe('/')
    const done = await sendLogin(muster, { token: TOKEN, next: text })
    expect(done.headers.get('location')).toBe('/')
  })

  it('is never another site, whatever the dots and slashes', () => {
    const pieces = ['/', '\\', '.', '..', '%2e', '%2f', '\t', 'evil.test', '@', ':', '?', '#']
    for (const a of pieces) {
      for (const b of pieces) {
        for (const c of pieces) {
          for (const d of pieces) {
            const next = safeRedirect(`/${a}${b}${c}${d}evil.test`)
            expect(new URL(next, 'http://here.test').host, next).toBe('here.test')
          }
        }
      }
    }
  })
})
