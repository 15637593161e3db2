import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { TestDatabase } from '../support/cluster'
import { createTestDatabase } from '../support/database'
import { TOKEN } from '../support/login'
import { startMusterOn, type TestMuster } from '../support/muster'
import { startTestProxy, type TestProxy } from '../support/proxy'
import { makeToken } from '../support/tokens'
import { until } from '../support/wait'

const LIMIT = 3
/** What docs/access.md promises for reports. */
const REPORTS_MS = 2_000

let database: TestDatabase
let one: TestMuster
let other: TestMuster
/** Between the other one and what it hears of the log. */
let ear: TestProxy

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(async () => {
  ear = await startTestProxy(database.url)
  const env = { MUSTER_TOKEN: TOKEN, MUSTER_WRONG_TOKENS_PER_MINUTE: String(LIMIT) }
  one = await startMusterOn(database.url, env)
  other = await startMusterOn(database.url, { ...env, DATABASE_LISTEN_URL: ear.url })
})
afterEach(async () => {
  await Promise.all([one.stop(), other.stop()])
  await ear.close()
})

type Headers = Readonly<Record<string, string>>
const read = async (headers: Headers) =>
  (await other.fetch('/api/events/history', { headers })).status
const report = async (headers: Headers) => {
  const body = JSON.stringify({ type: 'noted', project: 'p' })
  const init = { method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, body }
  return (await other.fetch('/api/events', init)).status
}
const wrong = (n: number) => ({ Authorization: `Bearer muster_${String(n).padStart(43, 'x')}` })
const lockOut = async () => {
  for (let n = 0; n < LIMIT; n++) expect(await read(wrong(n))).toBe(401)
  expect(await read(wrong(LIMIT))).toBe(429)
}

describe('a right token', () => {
  it('is taken from where many wrong ones came, and so is one that is made then', async () => {
    const { headers } = await makeToken(one, { name: 'before' })
    await lockOut()
    expect([await read(headers), await report(headers)]).toEqual([200, 201])
    const later = await makeToken(one, { name: 'after' })
    await until('the other one knows it', async () => (await report(later.headers)) === 201, 1_500)
    expect(await read(later.headers)).toBe(200)
    expect(await read(wrong(LIMIT + 1))).toBe(429)
  })

  it('that another process makes is taken at once where the log is not heard', async () => {
    ear.cut()
    await until('it is deaf', () => !other.services.tail.isAvailable, 5_000)
    const { headers } = await makeToken(one, { name: 'unheard' })
    expect([await read(headers), await report(headers)]).toEqual([200, 201])
  })
})

describe('a token that another process revokes', () => {
  it.each([true, false])(
    'opens nothing from the next request on; the log is heard: %s',
    async (isHeard) => {
      const { id, headers } = await makeToken(one, { name: `revoked ${isHeard}` })
      expect([await read(headers), await report(headers)]).toEqual([200, 201])
      if (!isHeard) {
        ear.cut()
        await until('it is deaf', () => !other.services.tail.isAvailable, 5_000)
      }
      await one.services.access.tokens.revoke(id, 'test')
      const revokedAt = performance.now()
      expect(await read(headers)).toBe(401)
      await until('its reports are refused', async () => (await report(headers)) !== 201, 10_000)
      // A report may have been under way for as long as one takes.
      expect(performance.now() - revokedAt).toBeLessThan(REPORTS_MS + 1_000)
    },
  )

  it('reports nothing from then on, once the log has told of it', async () => {
    const { id, headers } = await makeToken(one, { name: 'heard' })
    expect(await report(headers)).toBe(201)
    await one.services.access.tokens.revoke(id, 'test')
    const { rows } = await one.sql('SELECT max(id) AS id FROM events')
    await until('it has heard', () => other.services.tail.head >= Number(rows[0].id), 5_000)
    expect(await report(headers)).toBe(401)
  })
})

describe('wrong tokens', () => {
  it('cost the database nothing, however many there are', async () => {
    const scans = async () => {
      const statement = `SELECT seq_scan + coalesce(idx_scan, 0) AS scans
        FROM pg_stat_user_tables WHERE relname = 'tokens'`
      return Number((await one.sql(statement)).rows[0].scans)
    }
    await lockOut()
    const before = await scans()
    const startedAt = performance.now()
    for (let n = 0; n < 300; n++) expect(await read(wrong(n + 10))).toBe(429)
    const seconds = (performance.now() - startedAt) / 1_000
    // Statistics are written up to a second late, and processes look at grants now and then.
    await one.sql('SELECT pg_stat_force_next_flush()')
    await until('the statistics are written', async () => (await scans()) >= before, 5_000)
    expect((await scans()) - before).toBeLessThan(20 + 3 * seconds)
  })
})
