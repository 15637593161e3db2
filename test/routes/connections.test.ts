import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { StreamClient } from '../support/client'
import type { TestDatabase } from '../support/cluster'
import { createTestDatabase } from '../support/database'
import { BEARER, TOKEN } from '../support/login'
import { startMusterOn, type TestMuster } from '../support/muster'
import { makeToken } from '../support/tokens'
import { until } from '../support/wait'

const END_MS = 5_000
const NONE = '00000000-0000-4000-8000-000000000000'

let database: TestDatabase
let one: TestMuster
let other: TestMuster
const clients: StreamClient[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  one = await startMusterOn(database.url, { MUSTER_TOKEN: TOKEN })
  other = await startMusterOn(database.url, { MUSTER_TOKEN: TOKEN })
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  await until('all are gone', async () => (await list(one)).connections.length === 0, END_MS)
})
afterAll(async () => {
  await Promise.all([one.stop(), other.stop()])
  await database.drop()
})

async function open(muster: TestMuster, path: string, headers: Record<string, string> = BEARER) {
  const client = await StreamClient.open(`${muster.address}${path}`, headers)
  clients.push(client)
  return client
}

interface Listed {
  readonly connections: readonly Record<string, unknown>[]
  readonly visitors: readonly object[]
  readonly next: string | null
}

async function list(muster: TestMuster, query = ''): Promise<Listed> {
  const response = await muster.fetch(`/api/connections${query}`, { headers: BEARER })
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`)
  return (await response.json()) as Listed
}

const page = (muster: TestMuster, query = '') =>
  muster.fetch(`/settings/connections${query}`, { headers: { ...BEARER, Accept: 'text/html' } })
const end = (muster: TestMuster, id: unknown, fields = {}) =>
  muster.fetch(`/settings/connections/${id}/end`, {
    method: 'POST',
    redirect: 'manual',
    headers: { ...BEARER, Accept: 'text/html' },
    body: new URLSearchParams(fields),
  })

describe('who is connected', () => {
  it('is shown with what they read, at whichever process they are', async () => {
    const reader = await makeToken(one, { name: 'the reader', may: ['read'] })
    await open(one, '/api/events?types=noted,done&last_event_id=0', reader.headers)
    await open(one, '/live?topic=board', reader.headers)
    await open(other, '/api/v2/stream')
    await until(
      'the other process knows of all',
      async () => (await list(other)).connections.length === 3,
      END_MS,
    )
    const { connections, visitors, next } = await list(other)
    const visitor = `token:${reader.id}`
    expect(connections).toEqual([
      expect.objectContaining({ family: 'v2', visitor: 'token', reads: '/api/v2/stream' }),
      expect.objectContaining({ family: 'pages', visitor, reads: '/live?topic=board' }),
      {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        family: 'events',
        visitor,
        name: 'the reader',
        address: '127.0.0.1',
        reads: '/api/events?types=noted,done',
        opened_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        process: expect.stringMatching(new RegExp(`:${process.pid}$`)),
        is_ending: false,
      },
    ])
    expect(visitors).toEqual([
      { visitor, name: 'the reader', streams: 2 },
      { visitor: 'token', name: null, streams: 1 },
    ])
    expect(next).toBe(null)
    expect((await list(one, '?visitor=token')).connections).toHaveLength(1)
    const html = await (await page(other)).text()
    expect(html).toContain('Token “the reader”')
    expect(html).toContain('2 streams')
    expect(html).toContain('<code>/api/events?types=noted,done</code>')
  })

  it('is shown two hundred at a time, escaped, and of processes that live', async () => {
    const id = '11111111-0000-4000-8000-000000000000'
    await one.sql(`INSERT INTO processes (id, name) VALUES ('${id}', 'another:1')`)
    await one.sql(
      `INSERT INTO connections (id, process_id, family, visitor, address, reads, opened_at)
       SELECT gen_random_uuid(), '${id}', 'events', 'user:x', '<b>', '<script>' || n,
         date_trunc('milliseconds', clock_timestamp())
       FROM generate_series(1, 450) AS n`,
    )
    const seen = new Set<unknown>()
    const sizes: number[] = []
    for (let after: string | null = '', first = true; after !== null; first = false) {
      const found: Listed = await list(one, first ? '' : `?after=${after}`)
      for (const { id } of found.connections) seen.add(id)
      sizes.push(found.connections.length)
      after = found.next
    }
    expect([sizes, seen.size]).toEqual([[200, 200, 50], 450])
    const html = await (await page(one)).text()
    expect(html.match(/data-connection=/g)).toHaveLength(200)
    expect(html).toContain('450 streams')
    expect(html).toContain('&lt;script&gt;')
    expect(html).not.toMatch(/<script>\d|from <b>/)
    expect(html).toMatch(/rel="next" href="\/settings\/connections\?after=/)
    await one.sql(
      `UPDATE processes SET seen_at = clock_timestamp() - interval '20 seconds' WHERE id = '${id}'`,
    )
    expect((await list(one)).connections).toEqual([])
    await one.sql(
      `UPDATE processes SET seen_at = clock_timestamp() - interval '2 minutes' WHERE id = '${id}'`,
    )
    await one.services.presence.sync()
    const { rows } = await one.sql('SELECT count(*)::int AS count FROM connections')
    expect(rows).toEqual([{ count: 0 }])
  })

  it('is written anew where the database has forgotten it', async () => {
    await open(one, '/api/events')
    expect((await list(one)).connections).toHaveLength(1)
    await one.sql('TRUNCATE processes CASCADE')
    expect((await list(one)).connections).toHaveLength(1)
  })

  it('is not asked for in words that mean nothing', async () => {
    for (const query of ['?visiter=x', '?after=1', `?after=1.${'-'.repeat(36)}`, '?visitor=%00']) {
      expect([query, (await page(one, query)).status]).toEqual([query, 400])
    }
  })
})

describe('a connection that is ended', () => {
  it('is told, at whichever process it is, and stays in the log with who did it', async () => {
    const [here, there] = [await open(one, '/api/events'), await open(other, '/live?topic=board')]
    const kept = await open(other, '/api/events')
    await until('all are known', async () => (await list(one)).connections.length === 3, END_MS)
    const { connections } = await list(one)
    const idOf = (family: string, n = 0) =>
      connections.filter((found) => found.family === family).at(n)?.id
    const ids = [idOf('pages'), idOf('events', -1)]
    for (const id of ids) {
      const answer = await end(one, id)
      expect([answer.status, answer.headers.get('location')]).toEqual([
        303,
        '/settings/connections',
      ])
    }
    for (const client of [here, there]) {
      await until('the stream ends', () => client.isEnded, END_MS)
      const { event, data = '' } = client.events.at(-1) ?? {}
      expect([event, JSON.parse(data)]).toEqual(['close', { reason: 'busy', retry_ms: 60_000 }])
    }
    expect(kept.isEnded).toBe(false)
    const { rows } = await one.sql(
      `SELECT actor_id, target_id, target_type, data->>'reads' AS reads FROM events
       WHERE type = 'access.connection_ended' ORDER BY id`,
    )
    expect(rows).toEqual([
      {
        actor_id: 'token',
        target_id: ids[0],
        target_type: 'connection',
        reads: '/live?topic=board',
      },
      { actor_id: 'token', target_id: ids[1], target_type: 'connection', reads: '/api/events' },
    ])
    const metrics = await one.fetch('/metrics', { headers: BEARER }).then((got) => got.text())
    expect(metrics).toContain('muster_connections_closed_total{family="events",reason="ended"} 1')
  })

  it('can be ended by a program too, once', async () => {
    const client = await open(one, '/api/events')
    const [listed] = (await list(one)).connections
    const remove = (id: unknown) =>
      one.fetch(`/api/connections/${id}`, { method: 'DELETE', headers: BEARER })
    expect((await remove(listed?.id)).status).toBe(204)
    await client.receives('its end', () => client.isEnded)
    expect((await remove(listed?.id)).status).toBe(404)
    expect((await remove(NONE)).status).toBe(404)
    expect((await remove('nonsense')).status).toBe(404)
    expect((await end(one, NONE)).status).toBe(303)
    expect((await end(one, 'nonsense')).status).toBe(404)
  })
})
