import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { NewPerson } from '../../src/access/people'
import { StreamClient } from '../support/client'
import { sendLogin } from '../support/login'
import { startTestMuster, type TestMuster } from '../support/muster'
import { logInAs, makePerson, PASSWORD } from '../support/people'
import { until } from '../support/wait'

// Passwords are slow to hash on purpose.
vi.setConfig({ testTimeout: 60_000 })

let muster: TestMuster

beforeAll(async () => {
  muster = await startTestMuster({ MUSTER_WRONG_TOKENS_PER_MINUTE: '1000' })
  await makePerson(muster, { name: 'ada', role: 'admin' })
})
afterAll(() => muster.stop())

type Headers = Record<string, string>
const open = (path: string, headers: Headers = {}) =>
  muster.fetch(path, { headers: { Accept: 'text/html', ...headers }, redirect: 'manual' })
const post = (path: string, headers: Headers = {}) =>
  muster.fetch(path, { method: 'POST', headers, redirect: 'manual' })
const wrong = 'That name and that password do not belong together.'

describe('an account', () => {
  it('makes a login necessary from the first one on', async () => {
    const local = await startTestMuster()
    expect((await local.fetch('/')).status).toBe(200)
    const stream = await StreamClient.open(`${local.address}/api/events`)
    expect(stream.status).toBe(200)
    await makePerson(local, { name: 'first', role: 'admin' })
    await until('the stream of the person at the machine ends', () => stream.isEnded, 5_000)
    expect(stream.events.at(-1)?.data).toContain('unauthorized')
    expect((await local.fetch('/', { redirect: 'manual' })).status).toBe(401)
    const report = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }
    expect((await local.fetch('/api/events', report)).status).toBe(401)
    await local.stop()
  })

  it('is an administrator’s at first', async () => {
    const local = await startTestMuster()
    await expect(makePerson(local, { role: 'member' })).rejects.toThrow(
      'has to be that of an admin',
    )
    await local.stop()
  })

  it.each<[string, Partial<NewPerson>]>([
    ['no e-mail address', { email: 'ada' }],
    ['has this address or this name already', { email: 'ADA@example.org', name: 'else' }],
    ['has this address or this name already', { email: 'else@example.org', name: 'Ada' }],
    ['A name is made of', { name: 'a@b', email: 'a@example.org' }],
    ['12 to 128 characters', { password: 'short' }],
    ['12 to 128 characters', { password: 'x'.repeat(129) }],
    ['cannot be bound', { role: 'admin', projectIds: [1] }],
    ['at least one project', { role: 'viewer', projectIds: [] }],
  ])('is refused: %s', async (message, wanted) => {
    await expect(makePerson(muster, { name: 'somebody', ...wanted })).rejects.toThrow(message)
  })

  it('is logged in to by address or name, in whatever case', async () => {
    for (const login of ['ada', 'ADA', ' ada@example.org ', 'Ada@Example.org']) {
      const done = await sendLogin(muster, { login, password: PASSWORD, next: '/?sort=priority' })
      expect([done.status, done.headers.get('location')], login).toEqual([303, '/?sort=priority'])
      expect(done.headers.getSetCookie()[0]).toMatch(
        /^muster_session=[\w-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Lax$/,
      )
    }
  })

  it('is not told from one that does not exist', async () => {
    const texts = new Set<string>()
    for (const [login, password] of [
      ['ada', 'wrong password'],
      ['ada', 'x'.repeat(5_000)],
      ['ada', ''],
      ['nobody', 'wrong password'],
      ['token', ''],
      ["' OR 1=1 --", ''],
    ] as const) {
      const refused = await sendLogin(muster, { login, password })
      expect(refused.status, login).toBe(401)
      expect(refused.headers.get('set-cookie')).toBeNull()
      const html = await refused.text()
      expect(html).toContain(wrong)
      texts.add(html.replaceAll(/name="login" value="[^"]*"/g, ''))
    }
    expect(texts.size).toBe(1)
  })

  it('takes as long to be refused as one that does not exist', async () => {
    const time = async (login: string) => {
      const startedAt = performance.now()
      await sendLogin(muster, { login, password: 'wrong password' })
      return performance.now() - startedAt
    }
    const times = { ada: [] as number[], nobody: [] as number[] }
    await time('ada')
    for (let n = 0; n < 3; n++) {
      times.ada.push(await time('ada'))
      times.nobody.push(await time('nobody'))
    }
    const middle = (all: number[]) => [...all].sort((a, b) => a - b)[1] ?? 0
    const ratio = middle(times.nobody) / middle(times.ada)
    // Without the hash it would take a hundredth.
    expect(ratio).toBeGreaterThan(0.25)
    expect(ratio).toBeLessThan(4)
  })

  it('keeps neither password nor cookie in the database', async () => {
    const { Cookie } = await logInAs(muster, 'ada')
    const { rows } = await muster.sql(
      `SELECT users::text FROM users UNION ALL SELECT sessions::text FROM sessions UNION ALL SELECT events::text FROM events`,
    )
    const stored = JSON.stringify(rows)
    expect(stored).not.toContain(PASSWORD)
    expect(stored).not.toContain(Cookie.split('=')[1])
    const { rows: sessions } = await muster.sql('SELECT id, token FROM sessions')
    for (const { id, token } of sessions) {
      for (const value of [id, token]) {
        expect((await open('/', { Cookie: `muster_session=${value}` })).status).toBe(303)
      }
    }
  })
})

describe('a role', () => {
  it('says what its owner may do', async () => {
    const viewer = await makePerson(muster, { name: 'viewer', role: 'viewer' })
    const member = await makePerson(muster, { name: 'member', role: 'member' })
    await makeAgent()
    for (const [person, seen, history] of [
      [viewer, 403, false],
      [member, 404, false],
      ['ada', 404, true],
    ] as const) {
      const cookie = await logInAs(muster, person)
      expect((await open('/', cookie)).status, person).toBe(200)
      expect((await post('/agents/999999/seen', cookie)).status, person).toBe(seen)
      const events = await (await open('/api/events/history', cookie)).text()
      expect(events.includes('access.user_created'), person).toBe(history)
      expect((await post('/logout', cookie)).status, person).toBe(303)
    }
  })
})

const makeAgent = () =>
  muster.sql(`INSERT INTO projects (key, slug, name) VALUES ('p', 'p', 'p') ON CONFLICT DO NOTHING`)

describe('a one-time password', () => {
  it('opens nothing but the choice of another one', async () => {
    const { people } = muster.services.access
    const { oneTime, id } = await people.create(
      { email: 'new@example.org', name: '', role: 'member', projectIds: null, password: null },
      'test',
    )
    expect(oneTime).toMatch(/^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/)
    const password = oneTime ?? ''
    const send = (fields: Headers) => sendLogin(muster, { login: 'new', password, ...fields })
    const asked = await send({})
    expect([asked.status, asked.headers.get('set-cookie')]).toEqual([200, null])
    expect(await asked.text()).toContain('Choose your password')
    for (const [chosen, fault] of [
      ['short', '12 to 128 characters'],
      [password, 'Choose another one'],
    ] as const) {
      const refused = await send({ new_password: chosen })
      expect([refused.status, refused.headers.get('set-cookie')]).toEqual([400, null])
      expect(await refused.text()).toContain(fault)
    }
    const chosen = await send({ new_password: 'a password of my own' })
    expect(chosen.status).toBe(303)
    const cookie = { Cookie: (chosen.headers.get('set-cookie') ?? '').split(';')[0] ?? '' }
    expect((await open('/', cookie)).status).toBe(200)
    expect((await send({})).status).toBe(401)
    expect((await send({ password: 'a password of my own' })).status).toBe(303)
    await people.resetPassword(id, 'test')
    expect((await open('/', cookie)).status).toBe(303)
    expect((await send({ password: 'a password of my own' })).status).toBe(401)
  })
})

describe('administrators', () => {
  it('cannot all go', async () => {
    const { people } = muster.services.access
    const ada = (await people.list()).find(({ name }) => name === 'ada')?.id ?? ''
    const viewer = { role: 'viewer' as const, projectIds: null, isDisabled: false }
    await expect(people.change(ada, viewer, 'x')).rejects.toThrow('At least one administrator')
    await expect(people.remove(ada, 'x')).rejects.toThrow('At least one administrator')
    await makePerson(muster, { name: 'eve', role: 'admin' })
    const eve = (await people.list()).find(({ name }) => name === 'eve')?.id ?? ''
    const both = await Promise.allSettled([
      people.remove(ada, 'x'),
      people.change(eve, viewer, 'x'),
    ])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    if (await people.find(ada)) return
    await makePerson(muster, { name: 'ada', role: 'admin' })
  })
})
