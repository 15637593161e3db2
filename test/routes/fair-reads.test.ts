import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { BEARER, TOKEN } from '../support/login'
import { startTestMuster, type TestMuster } from '../support/muster'
import { makeToken } from '../support/tokens'
import { until } from '../support/wait'

const running: TestMuster[] = []

afterEach(async () => {
  for (const muster of running.splice(0)) await muster.stop()
})

async function start(): Promise<TestMuster> {
  const muster = await startTestMuster({ MUSTER_TOKEN: TOKEN })
  running.push(muster)
  return muster
}

/** Holds the table so that whatever reads it waits; returns what lets go of it. */
async function hold(muster: TestMuster, table: string): Promise<() => Promise<unknown>> {
  const client = new pg.Client({ connectionString: muster.databaseUrl })
  await client.connect()
  await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`)
  return () => client.end()
}

const waitingFor = async (muster: TestMuster, table: string) => {
  const { rows } = await muster.sql(
    `SELECT count(*)::int AS count FROM pg_locks
     WHERE NOT granted AND relation = '${table}'::regclass`,
  )
  return Number(rows[0].count)
}

describe('what one visitor reads', () => {
  it('takes the database from nobody else, and what is too much of it is told to come back', async () => {
    const muster = await start()
    const greedy = await makeToken(muster, { may: ['read'] })
    const letGo = await hold(muster, 'debates')
    const reads = Array.from({ length: 40 }, () =>
      muster.fetch('/api/debates', { headers: greedy.headers }),
    )
    await until('its share of the connections waits', async () => {
      return (await waitingFor(muster, 'debates')) === 6
    })
    for (const path of ['/api/events/history', '/stats', '/events', '/']) {
      expect([path, (await muster.fetch(path, { headers: BEARER })).status]).toEqual([path, 200])
    }
    const late = await Promise.any(
      reads.map(async (read) => {
        const response = await read
        if (response.status !== 503) throw new Error(String(response.status))
        return { after: response.headers.get('retry-after'), body: await response.json() }
      }),
    )
    expect(late).toEqual({ after: '2', body: { error: 'Muster is busy; try again' } })
    await letGo()
    const answers = await Promise.all(reads)
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(6)
    expect(new Set(statuses)).toEqual(new Set([200, 503]))
  })

  it('delays nobody else’s pages, however many different slow ones it asks for', async () => {
    const muster = await start()
    const greedy = await makeToken(muster, { may: ['read'] })
    const page = (path: string, headers: Record<string, string>) =>
      muster.fetch(path, { headers: { ...headers, Accept: 'text/html' } })
    const letGo = await hold(muster, 'debates')
    const slow = Array.from({ length: 20 }, () => page(`/debates/${randomUUID()}`, greedy.headers))
    await until('some are being read', async () => (await waitingFor(muster, 'debates')) >= 3)
    let hasAnswered = false
    const anySlow = Promise.any(slow).then(() => {
      hasAnswered = true
    })
    for (const path of ['/', '/events', '/stats', '/?state=idle']) {
      expect([path, (await page(path, BEARER)).status]).toEqual([path, 200])
    }
    expect(hasAnswered).toBe(false)
    await letGo()
    await anySlow
    const statuses = (await Promise.all(slow)).map(({ status }) => status)
    expect(new Set([404, 503, ...statuses])).toEqual(new Set([404, 503]))
  })

  it('delays nobody else’s pages of the past, however many slow ones it asks for', async () => {
    const muster = await start()
    const greedy = await makeToken(muster, { may: ['read'] })
    const page = (path: string, headers: Record<string, string>) =>
      muster.fetch(path, { headers: { ...headers, Accept: 'text/html' } })
    const past = `/events?before=${Number.MAX_SAFE_INTEGER}`
    const letGo = await hold(muster, 'agents')
    const slow = Array.from({ length: 20 }, (_, n) =>
      page(`${past}&agent=${n + 1}`, greedy.headers),
    )
    await until('some are being read', async () => (await waitingFor(muster, 'agents')) >= 3)
    // Three of the four pages that are read at once; the clock looks at agents as well.
    expect(await waitingFor(muster, 'agents')).toBeLessThan(6)
    for (const path of [past, `${past}&type=noted`, '/events?after=1']) {
      expect([path, (await page(path, BEARER)).status]).toEqual([path, 200])
    }
    await letGo()
    const statuses = (await Promise.all(slow)).map(({ status }) => status)
    expect(new Set([200, 503, ...statuses])).toEqual(new Set([200, 503]))
  })
})
