import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StreamClient } from '../support/client'
import type { TestDatabase } from '../support/cluster'
import { createTestDatabase } from '../support/database'
import { TestDebate } from '../support/debate'
import { startMusterOn, type TestMuster } from '../support/muster'
import { startTestProxy, type TestProxy } from '../support/proxy'
import { until } from '../support/wait'

let database: TestDatabase
let proxy: TestProxy
let muster: TestMuster

beforeAll(async () => {
  database = await createTestDatabase()
  proxy = await startTestProxy(database.url)
  muster = await startMusterOn(proxy.url)
})
afterAll(async () => {
  await muster.stop()
  await proxy.close()
  await database.drop()
})

/** Past the proxy, as somebody else's program does. */
async function insert(type: string): Promise<number> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const { rows } = await client.query('INSERT INTO events (type) VALUES ($1) RETURNING id', [type])
  await client.end()
  return Number(rows[0].id)
}

const noticesOf = ({ events }: StreamClient) =>
  events.flatMap(({ event, data }) => (event === 'error' ? [JSON.parse(data)] : []))

describe('when the database goes away and comes back', () => {
  it('streams say so and stay, reports are refused at once, and nothing is missed', async () => {
    const debate = await TestDebate.begin(muster)
    const begun = await muster.sql('SELECT max(id) AS id FROM events')
    await until('it is read', () => muster.services.tail.head >= Number(begun.rows[0].id))
    const clients = [
      await StreamClient.open(`${muster.address}/api/events`),
      await StreamClient.open(`${muster.address}/live?topic=board`),
    ]
    const following = await debate.stream()
    const [events] = clients
    const first = (await muster.report({ type: 'before', project: 'p' })).last_id
    await until('it is streamed', () => events?.ids.includes(first) === true)
    proxy.cut()
    for (const client of clients) {
      await client.receives('the notice', () => noticesOf(client).length > 0)
      expect(noticesOf(client)[0]).toEqual({
        error_type: 'database_away',
        message: expect.any(String),
      })
    }
    await following.receives('the notice', () => noticesOf(following).length > 0)
    expect(noticesOf(following)[0]).toEqual({
      error_type: 'database_away',
      message: expect.any(String),
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    })
    following.close()
    const health = await muster.fetch('/health')
    expect(health.status).toBe(200)
    expect(await health.json()).toMatchObject({ status: 'degraded', database: 'away' })
    const body = JSON.stringify({ type: 'refused', project: 'p' })
    const headers = { 'Content-Type': 'application/json' }
    const hook = JSON.stringify({ session_id: 's', hook_event_name: 'Stop', cwd: '/x' })
    const answers = await Promise.all([
      muster.fetch('/api/events', { method: 'POST', headers, body }),
      muster.fetch('/hooks/claude-code', { method: 'POST', headers, body: hook }),
      muster.fetch('/api/events', { headers: { Accept: 'application/json' } }),
      muster.fetch('/api/events?last_event_id=5'),
      muster.fetch(debate.path),
      muster.fetch(`${debate.path}/stream`),
      muster.fetch(`${debate.path}/pause`, { method: 'POST', headers, body: '{}' }),
    ])
    for (const answer of answers) {
      expect(answer.status).toBe(503)
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(await answer.json()).toMatchObject({ error: expect.stringContaining('database') })
    }
    const missed = [await insert('meanwhile'), await insert('meanwhile')]
    proxy.restore()
    await events?.receives('what it missed', () => events.ids.includes(missed[1] ?? 0))
    const last = (await muster.report({ type: 'after', project: 'p' })).last_id
    await events?.receives('the next row', () => events.ids.includes(last))
    const rows = events?.events.filter(({ event }) => event !== 'error').map(({ id }) => Number(id))
    expect(rows).toEqual([...new Set(rows)].sort((a, b) => a - b))
    expect(rows).toEqual(expect.arrayContaining([first, ...missed, last]))
    expect(rows).toHaveLength(5)
    for (const client of clients) {
      await client.receives('the second notice', () => noticesOf(client).length === 2)
      expect(noticesOf(client)[1]?.error_type).toBe('database_back')
      expect(client.isEnded).toBe(false)
      client.close()
    }
  })
})
