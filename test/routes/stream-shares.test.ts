import { afterEach, describe, expect, it } from 'vitest'
import { StreamClient } from '../support/client'
import { TestDebate } from '../support/debate'
import { BEARER, logIn, TOKEN } from '../support/login'
import { startTestMuster, type TestMuster } from '../support/muster'
import { logInAs, makePerson } from '../support/people'
import { makeToken } from '../support/tokens'
import { until } from '../support/wait'

const running: TestMuster[] = []
const clients: StreamClient[] = []

afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  for (const muster of running.splice(0)) await muster.stop()
})

async function start(env: Record<string, string> = {}): Promise<TestMuster> {
  const muster = await startTestMuster({ MUSTER_TOKEN: TOKEN, ...env })
  running.push(muster)
  return muster
}

async function open(muster: TestMuster, path: string, headers: Record<string, string>) {
  const client = await StreamClient.open(`${muster.address}${path}`, headers)
  clients.push(client)
  return client
}

const openMany = async (
  muster: TestMuster,
  path: string,
  headers: Record<string, string>,
  count: number,
) => {
  const opened: StreamClient[] = []
  for (let n = 0; n < count; n++) opened.push(await open(muster, path, headers))
  return opened
}

const closeNotice = ({ events }: StreamClient) => {
  const last = events.at(-1)
  return last?.event === 'close' ? { id: last.id, ...JSON.parse(last.data) } : null
}

describe('a visitor’s share of a family’s streams', () => {
  it('is had at the cost of who holds most, in every family, and no more than it', async () => {
    const muster = await start({ SSE_MAX_CONNECTIONS: '4' })
    const greedy = await makeToken(muster, { may: ['read'] })
    const debate = await TestDebate.begin(muster, {}, BEARER)
    const paths = [
      '/api/events',
      '/api/events/stream',
      '/api/v2/stream',
      `/api/debates/${debate.id}/stream`,
      '/live?topic=board',
    ]
    for (const path of paths) {
      const held = await openMany(muster, path, greedy.headers, 5)
      expect(held.map(({ status }) => status)).toEqual([200, 200, 200, 200, 503])
      const own = await openMany(muster, path, BEARER, 3)
      expect(own.map(({ status }) => status)).toEqual([200, 200, 503])
      await until('two have made room', () => held.slice(2, 4).every(({ isEnded }) => isEnded))
      expect(held.slice(0, 2).some(({ isEnded }) => isEnded)).toBe(false)
      for (const ended of held.slice(2, 4)) {
        const notice = closeNotice(ended)
        expect(notice).toEqual({ id: undefined, reason: 'busy', retry_ms: expect.any(Number) })
        expect(notice.retry_ms).toBeGreaterThanOrEqual(5_000)
      }
      for (const client of [...held, ...own]) client.close()
      await until('all are gone', () => {
        const { connections } = muster.services
        return connections.count('events') + connections.count('v2') === 0
      })
    }
    const health = await muster.fetch('/health', { headers: BEARER }).then((r) => r.json())
    const evicted = { events: 4, v2: 2, debates: 2, pages: 2 }
    expect(health).toMatchObject({ sse: { evicted_by_family: evicted } })
    const metrics = await muster.fetch('/metrics', { headers: BEARER }).then((r) => r.text())
    expect(metrics).toContain('muster_connections_evicted_total{family="events"} 4')
    expect(metrics).toContain('muster_connections_closed_total{family="pages",reason="busy"} 2')
  })

  it('is that of the account, whatever browser it uses, and of the MUSTER_TOKEN likewise', async () => {
    const muster = await start({ SSE_MAX_CONNECTIONS: '4' })
    const ada = await makePerson(muster, { name: 'ada', role: 'admin' })
    const [one, other] = [await logInAs(muster, ada), await logInAs(muster, ada)]
    await openMany(muster, '/api/events', BEARER, 4)
    const browsers = [
      await open(muster, '/api/events', one),
      await open(muster, '/api/events', other),
      await open(muster, '/api/events', one),
      await open(muster, '/api/events', other),
    ]
    expect(browsers.map(({ status }) => status)).toEqual([200, 200, 503, 503])
    const again = await open(muster, '/api/events', await logIn(muster))
    expect(again.status).toBe(503)
  })

  it('is not had twice by coming back: two who want everything come to rest', async () => {
    const muster = await start({ SSE_MAX_CONNECTIONS: '6' })
    const [one, other] = [await makeToken(muster), await makeToken(muster)]
    await openMany(muster, '/api/events', one.headers, 6)
    for (let round = 0; round < 5; round++) {
      await openMany(muster, '/api/events', other.headers, 4)
      await openMany(muster, '/api/events', one.headers, 4)
    }
    const { connections } = muster.services
    expect(connections.evicted('events')).toBe(3)
    await until('three and three are left', () => {
      return clients.filter(({ status, isEnded }) => status === 200 && !isEnded).length === 6
    })
  })
})
