import { afterEach, describe, expect, it, vi } from 'vitest'
import { sendLogin, TOKEN } from '../support/login'
import { startTestMuster, type TestMuster } from '../support/muster'
import { makePerson, PASSWORD } from '../support/people'

// Passwords are slow to hash on purpose.
vi.setConfig({ testTimeout: 60_000 })

const LIMIT = 3
let guarded: TestMuster

afterEach(() => guarded.stop())

/** A Muster behind a proxy, so that requests can come from any network. */
async function start(env: Record<string, string> = {}): Promise<void> {
  guarded = await startTestMuster({
    MUSTER_TRUSTED_PROXIES: '127.0.0.1',
    MUSTER_WRONG_TOKENS_PER_MINUTE: String(LIMIT),
    MUSTER_TOKEN: TOKEN,
    ...env,
  })
  await makePerson(guarded, { name: 'ada', role: 'admin' })
}

const from = (n: number) => ({ 'X-Forwarded-For': `203.0.113.${n}` })
const logIn = (login: string, password: string, headers: Record<string, string>) =>
  sendLogin(guarded, { login, password }, headers)
const statusOf = async (login: string, password: string, headers: Record<string, string>) =>
  (await logIn(login, password, headers)).status

/** What a browser sends to the login once it has logged in. */
async function knownDevice(login: string, headers: Record<string, string>, password = PASSWORD) {
  const cookies = (await logIn(login, password, headers)).headers.getSetCookie()
  const device = cookies.find((cookie) => cookie.startsWith('muster_device_')) ?? ''
  return { Cookie: device.split(';')[0] ?? '' }
}

describe('guessing a password', () => {
  it('is slowed down for the account and the network, and holds up nobody elsewhere', async () => {
    await start()
    for (let n = 0; n < LIMIT; n++) expect(await statusOf('ada', `guess ${n}`, from(1))).toBe(401)
    const refused = await logIn('ada', PASSWORD, from(1))
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    // An account that there is not is answered the same.
    for (let n = 0; n < LIMIT; n++) expect(await statusOf('eve', `guess ${n}`, from(1))).toBe(401)
    expect(await statusOf('eve', PASSWORD, from(1))).toBe(429)
    expect(await statusOf('ada', PASSWORD, from(2))).toBe(303)
    expect((await sendLogin(guarded, { token: TOKEN }, from(1))).status).toBe(303)
    const { rows } = await guarded.sql(`SELECT * FROM events WHERE type = 'access.login_failed'`)
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toContain('guess')
  })

  it('from many networks does not lock the account out at its own', async () => {
    await start()
    for (let n = 1; n <= 2 * LIMIT; n++) {
      expect(await statusOf('ada', `guess ${n}`, from(n))).toBe(401)
    }
    expect(await statusOf('ada', PASSWORD, from(99))).toBe(303)
  })

  it('all at once from one network does not hold up the account at its own', async () => {
    await start()
    const storm = Array.from({ length: 30 * LIMIT }, (_, n) =>
      statusOf('ada', `guess ${n}`, from(1)),
    )
    // Those that are refused are answered long before those that are compared.
    await Promise.all(storm.slice(20 * LIMIT))
    expect(await statusOf('ada', PASSWORD, from(2))).toBe(303)
    const refused = (await Promise.all(storm)).filter((status) => status === 429)
    expect(refused.length).toBeGreaterThan(20 * LIMIT)
  })

  it('never holds up the right one of a device that has logged in before', async () => {
    await start()
    const device = await knownDevice('ada', from(1))
    expect(device.Cookie).not.toBe('')
    for (let n = 0; n < LIMIT; n++) await logIn('ada', `guess ${n}`, from(1))
    expect(await statusOf('ada', PASSWORD, from(1))).toBe(429)
    expect(await statusOf('ada', PASSWORD, { ...from(1), ...device })).toBe(303)
  })

  it('is not made easier by the cookie of a device, of this or of another account', async () => {
    await start()
    await makePerson(guarded, { name: 'eve' })
    const eves = await knownDevice('eve', from(1))
    for (let n = 0; n < LIMIT; n++) await logIn('ada', `guess ${n}`, { ...from(1), ...eves })
    expect(await statusOf('ada', PASSWORD, { ...from(1), ...eves })).toBe(429)

    const stolen = await knownDevice('ada', from(2))
    for (let n = 0; n < 2 * LIMIT; n++) {
      expect(await statusOf('ada', `guess ${n}`, { ...from(3), ...stolen })).toBe(401)
    }
    expect(await statusOf('ada', PASSWORD, { ...from(3), ...stolen })).toBe(429)
  })

  it('is as slow for a device from before the password changed', async () => {
    await start()
    const device = await knownDevice('ada', from(1))
    const { people } = guarded.services.access
    const id = (await people.list())[0]?.id ?? ''
    await people.setOwnPassword({ id, password: 'another password', keptToken: null }, 'test')
    for (let n = 0; n < LIMIT; n++) await logIn('ada', `guess ${n}`, from(1))
    expect(await statusOf('ada', 'another password', { ...from(1), ...device })).toBe(429)
    expect(await knownDevice('ada', from(2), 'another password')).not.toEqual(device)
  })

  it('does not keep others from logging in while it waits for its turn', async () => {
    await start({ MUSTER_WRONG_TOKENS_PER_MINUTE: '1000' })
    const device = await knownDevice('ada', from(1))
    const storm = Array.from({ length: 40 }, (_, n) => statusOf(`x${n}`, 'guess', from(1)))
    const [known, elsewhere] = await Promise.all([
      statusOf('ada', PASSWORD, { ...from(1), ...device }),
      statusOf('ada', PASSWORD, from(2)),
    ])
    expect([known, elsewhere]).toEqual([303, 303])
    const statuses = await Promise.all(storm)
    expect(new Set(statuses)).toEqual(new Set([401, 429]))
  })
})

describe('what was guessed', () => {
  it('is counted in the metrics, without names and networks', async () => {
    await start()
    for (let n = 0; n <= LIMIT; n++) {
      await logIn('ada', `guess ${n}`, from(1))
      await guarded.fetch('/', { headers: { ...from(1), Authorization: `Bearer guess ${n}` } })
    }
    const headers = { Authorization: `Bearer ${TOKEN}` }
    const text = await (await guarded.fetch('/metrics', { headers })).text()
    const count = (name: string, kind: string) =>
      Number(text.split(`\nmuster_access_${name}{kind="${kind}"} `)[1]?.split('\n')[0])
    expect(count('wrong_total', 'password')).toBe(LIMIT)
    expect(count('refused_total', 'password')).toBe(1)
    expect(count('slowed', 'password')).toBe(1)
    expect(count('wrong_total', 'token')).toBe(LIMIT + 1)
    expect(count('refused_total', 'token')).toBe(1)
    expect(count('slowed', 'token')).toBe(1)
    expect(text).not.toMatch(/\bada\b|203\.0/)
  })
})
