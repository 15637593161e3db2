import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { StreamClient } from '../support/client'
import { sendLogin } from '../support/login'
import { startTestMuster, type TestMuster } from '../support/muster'
import { logInAs, makePerson, PASSWORD } from '../support/people'
import { projectIdOf } from '../support/tokens'
import { until } from '../support/wait'

// Passwords are slow to hash on purpose.
vi.setConfig({ testTimeout: 60_000 })

let muster: TestMuster

beforeEach(async () => {
  muster = await startTestMuster({ MUSTER_WRONG_TOKENS_PER_MINUTE: '1000' })
  await muster.report({ type: 'noted', project: 'orchard' })
})
afterEach(() => muster.stop())

type Headers = Record<string, string>
const get = (path: string, headers: Headers = {}) =>
  muster.fetch(path, { headers: { Accept: 'text/html', ...headers }, redirect: 'manual' })
const send = (path: string, fields: Record<string, string> | [string, string][], headers = {}) =>
  muster.fetch(path, {
    method: 'POST',
    redirect: 'manual',
    headers: { Accept: 'text/html', ...headers },
    body: new URLSearchParams(fields),
  })
const cookieOf = (response: Response) => ({
  Cookie: (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '',
})
const TOKEN_FORM = { name: 'ci', rights: 'report', reach: 'all', expires: '90' }
const secretIn = (html: string) => /<pre class="secret">([^<]+)</.exec(html)?.[1] ?? ''

describe('the tokens', () => {
  it('are made by the person at the machine, shown once, and revoked', async () => {
    const made = await send('/settings/tokens', TOKEN_FORM)
    expect([made.status, made.headers.get('cache-control')]).toEqual([201, 'no-store'])
    const text = secretIn(await made.text())
    expect(text).toMatch(/^muster_[\w-]{43}$/)
    const headers = { Authorization: `Bearer ${text}` }
    expect((await muster.fetch('/api/events', { headers })).status).toBe(403)
    const list = await (await get('/settings/tokens')).text()
    expect(list).not.toContain(text)
    expect(list).toContain('report · all projects')
    const revoke = /action="(\/settings\/tokens\/[^"]+\/revoke)"/.exec(list)?.[1] ?? ''
    const revoked = await send(revoke, {})
    expect([revoked.status, revoked.headers.get('location')]).toEqual([303, '/settings/tokens'])
    expect((await muster.fetch('/api/events', { headers })).status).toBe(401)
    expect((await send(revoke, {})).status).toBe(404)
    expect((await send('/settings/tokens/nonsense/revoke', {})).status).toBe(404)
  })

  it('that cannot be made are refused beside the field, with what was typed', async () => {
    await send('/settings/tokens', TOKEN_FORM)
    const again = await send('/settings/tokens', TOKEN_FORM)
    expect(again.status).toBe(400)
    const html = await again.text()
    expect(html).toContain('There is a token of this name already')
    expect(html).toMatch(/name="name"[^>]*value="ci"[^>]*aria-invalid="true"/)
    const { rights: _, ...noRights } = { ...TOKEN_FORM, name: 'other' }
    for (const [fields, message] of [
      [noRights, 'at least one right'],
      [{ ...TOKEN_FORM, name: 'other', reach: 'some' }, 'at least one project'],
      [{ ...TOKEN_FORM, name: 'other', reach: 'some', project: '-1' }, 'no choice of projects'],
      [{ ...TOKEN_FORM, name: 'other', expires: '9999' }, 'Choose how long'],
      [{ ...TOKEN_FORM, name: '<script>', rights: 'all' }, 'at least one right'],
    ] as const) {
      const refused = await send('/settings/tokens', fields)
      expect(refused.status, message).toBe(400)
      const text = await refused.text()
      expect(text).toContain(message)
      expect(text).not.toContain('<script>')
    }
    const { rows } = await muster.sql('SELECT count(*)::int AS n FROM tokens')
    expect(rows[0].n).toBe(1)
  })

  it('are bound to projects', async () => {
    const id = await projectIdOf(muster, 'orchard')
    const fields: [string, string][] = [
      ['name', 'bound'],
      ['rights', 'report'],
      ['rights', 'read'],
      ['reach', 'some'],
      ['project', `${id}`],
      ['expires', ''],
    ]
    expect((await send('/settings/tokens', fields)).status).toBe(201)
    const [token] = await muster.services.access.tokens.list()
    expect(token).toMatchObject({
      rights: { may: ['report', 'read'], projectIds: [id] },
      expiresAt: null,
    })
    expect(await (await get('/settings/tokens')).text()).toContain('report, read · orchard')
  })

  it('are bound to a project that the page has no room for by its short name', async () => {
    await muster.sql(`INSERT INTO projects (key, slug, name)
      SELECT 'crowd ' || n, 'crowd-' || n, 'Crowd ' || n FROM generate_series(100, 349) AS n`)
    await muster.services.roster.load()
    const before = await (await get('/settings/tokens')).text()
    expect(before).not.toContain('Crowd 349')
    expect(before.match(/type="checkbox" name="project"/g)).toHaveLength(200)
    const fields = {
      ...TOKEN_FORM,
      name: 'far',
      rights: 'read',
      reach: 'some',
      project: 'crowd-349',
    }
    expect((await send('/settings/tokens', fields)).status).toBe(201)
    expect(await (await get('/settings/tokens')).text()).toContain('read · Crowd 349')
  })

  it('cut their streams when they are revoked', async () => {
    const made = await send('/settings/tokens', { ...TOKEN_FORM, rights: 'read' })
    const headers = { Authorization: `Bearer ${secretIn(await made.text())}` }
    const stream = await StreamClient.open(`${muster.address}/api/events`, headers)
    const [token] = await muster.services.access.tokens.list()
    await send(`/settings/tokens/${token?.id}/revoke`, {})
    await until('the stream ends', () => stream.isEnded, 1_500)
    expect(stream.events.at(-1)?.data).toContain('unauthorized')
  })
})

describe('the people', () => {
  const FIRST = { email: 'ada@example.org', name: '', password: PASSWORD }

  it('begin with an administrator, who is logged in at once', async () => {
    for (const [fields, message] of [
      [{ ...FIRST, email: 'ada' }, 'no e-mail address'],
      [{ ...FIRST, password: 'short' }, '12 to 128 characters'],
    ] as const) {
      const refused = await send('/settings/people', fields)
      expect([refused.status, (await refused.text()).includes(message)]).toEqual([400, true])
    }
    const made = await send('/settings/people', FIRST)
    expect([made.status, made.headers.get('location')]).toEqual([303, '/settings/people'])
    const cookie = cookieOf(made)
    expect(await (await get('/settings/people', cookie)).text()).toContain('ada@example.org')
    expect((await get('/settings/people')).headers.get('location')).toContain('/login')
    expect((await send('/settings/people', FIRST)).status).toBe(303)
    expect(await muster.services.access.people.list()).toHaveLength(1)
  })

  it('are made with a one-time password, changed, disabled and deleted', async () => {
    const ada = cookieOf(await send('/settings/people', FIRST))
    const fields = { email: 'bob@example.org', name: 'Bob', role: 'viewer', reach: 'all' }
    const made = await send('/settings/people', fields, ada)
    expect(made.status).toBe(201)
    const password = secretIn(await made.text())
    expect(password).toMatch(/^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/)
    const asked = await sendLogin(muster, { login: 'bob', password })
    expect(await asked.text()).toContain('Choose your password')
    const list = await (await get('/settings/people', ada)).text()
    const bob = /href="(\/settings\/people\/[^"]+)" aria-label="Change Bob"/.exec(list)?.[1] ?? ''
    expect((await get(bob, ada)).status).toBe(200)
    const id = `${await projectIdOf(muster, 'orchard')}`
    const refused = await send(bob, { role: 'admin', reach: 'some', project: id }, ada)
    expect([refused.status, (await refused.text()).includes('cannot be bound')]).toEqual([
      400,
      true,
    ])
    expect((await send(bob, { role: 'member', reach: 'some', project: id }, ada)).status).toBe(303)
    expect(await (await get('/settings/people', ada)).text()).toContain('member · orchard')
    const disabled = { role: 'member', reach: 'all', disabled: 'yes' }
    expect((await send(bob, disabled, ada)).status).toBe(303)
    expect((await sendLogin(muster, { login: 'bob', password })).status).toBe(401)
    expect((await send(`${bob}/password`, {}, ada)).status).toBe(200)
    expect((await send(`${bob}/delete`, {}, ada)).status).toBe(303)
    expect((await get(bob, ada)).status).toBe(404)
    const { rows } = await muster.sql(
      `SELECT type FROM events WHERE type LIKE 'access.user%' OR type LIKE 'access.pass%' ORDER BY id`,
    )
    expect(rows.map(({ type }) => type.slice(7))).toEqual([
      'user_created',
      'user_created',
      'user_changed',
      'user_changed',
      'password_reset',
      'user_deleted',
    ])
    const own = /href="(\/settings\/people\/[^"]+)" aria-label="Change ada"/.exec(list)?.[1] ?? ''
    expect((await send(`${own}/delete`, {}, ada)).status).toBe(400)
  })

  it('are nobody else’s to decide about', async () => {
    await makePerson(muster, { name: 'ada', role: 'admin' })
    await makePerson(muster, { name: 'eve', role: 'member' })
    const eve = await logInAs(muster, 'eve')
    for (const path of ['/settings/people', '/settings/tokens']) {
      expect((await get(path, eve)).status).toBe(403)
      expect((await send(path, TOKEN_FORM, eve)).status).toBe(403)
    }
    const settings = await get('/settings', eve)
    expect(settings.headers.get('location')).toBe('/settings/account')
    expect(await (await get('/settings/account', eve)).text()).not.toContain('/settings/tokens')
  })
})

describe('one’s own account', () => {
  it('has a password that is changed with the present one, which ends other logins', async () => {
    await makePerson(muster, { name: 'ada', role: 'admin' })
    const [here, there] = [await logInAs(muster, 'ada'), await logInAs(muster, 'ada')]
    const stream = await StreamClient.open(`${muster.address}/api/events`, there)
    const kept = await StreamClient.open(`${muster.address}/api/events`, here)
    const change = (current_password: string, new_password: string) =>
      send('/settings/account/password', { current_password, new_password }, here)
    for (const [current, next, message] of [
      ['wrong', 'another long password', 'That is not your password'],
      [PASSWORD, 'short', '12 to 128 characters'],
    ] as const) {
      const refused = await change(current, next)
      expect([refused.status, (await refused.text()).includes(message)]).toEqual([400, true])
    }
    expect((await change(PASSWORD, 'another long password')).status).toBe(303)
    await until('the other login ends', () => stream.isEnded, 5_000)
    expect([(await get('/', here)).status, (await get('/', there)).status]).toEqual([200, 303])
    expect(kept.isEnded).toBe(false)
    kept.close()
    expect((await sendLogin(muster, { login: 'ada', password: PASSWORD })).status).toBe(401)
  })

  it('is logged out everywhere at once', async () => {
    await makePerson(muster, { name: 'ada', role: 'admin' })
    const [here, there] = [await logInAs(muster, 'ada'), await logInAs(muster, 'ada')]
    expect((await send('/logout/everywhere', {}, here)).headers.get('location')).toBe('/login')
    expect([(await get('/', here)).status, (await get('/', there)).status]).toEqual([303, 303])
  })

  it('is nobody’s where nobody has to log in', async () => {
    expect(await (await get('/settings/account')).text()).toContain('You are at this machine')
    expect((await send('/settings/account/password', {})).status).toBe(404)
  })
})
