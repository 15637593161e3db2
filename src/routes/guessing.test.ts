import { describe, expect, it, vi } from 'vitest'
import { sendLogin, TOKEN } from './test-login'
import { startTestMuster } from './test-muster'
import { makePerson, PASSWORD } from './test-people'

// Passwords are slow to hash on purpose.
vi.setConfig({ testTimeout: 60_000 })

describe('guessing a password', () => {
  it('is slowed down for the network, and noted once', async () => {
    const guarded = await startTestMuster({ MUSTER_WRONG_TOKENS_PER_MINUTE: '3' })
    await makePerson(guarded, { name: 'ada', role: 'admin' })
    for (let n = 0; n < 3; n++) {
      expect((await sendLogin(guarded, { login: `x${n}`, password: `guess ${n}` })).status).toBe(
        401,
      )
    }
    const refused = await sendLogin(guarded, { login: 'ada', password: PASSWORD })
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    const { rows } = await guarded.sql(`SELECT * FROM events WHERE type = 'access.login_failed'`)
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toContain('guess')
    await guarded.stop()
  })

  it('is slowed down for the account, from wherever it is tried', async () => {
    const env = {
      MUSTER_TOKEN: TOKEN,
      MUSTER_TRUSTED_PROXIES: '127.0.0.1',
      MUSTER_WRONG_TOKENS_PER_MINUTE: '3',
    }
    const guarded = await startTestMuster(env)
    await makePerson(guarded, { name: 'ada', role: 'admin' })
    const from = (n: number) => ({ 'X-Forwarded-For': `203.0.113.${n}` })
    for (let n = 0; n < 3; n++) {
      const fields = { login: 'ada', password: `guess ${n}` }
      expect((await sendLogin(guarded, fields, from(n))).status).toBe(401)
    }
    const right = { login: 'ada', password: PASSWORD }
    expect((await sendLogin(guarded, right, from(9))).status).toBe(429)
    expect((await sendLogin(guarded, { token: TOKEN }, from(9))).status).toBe(303)
    await guarded.stop()
  })
})
