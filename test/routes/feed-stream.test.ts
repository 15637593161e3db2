import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RawClient, StreamClient } from '../support/client'
import { startTestMuster, type TestMuster } from '../support/muster'

let muster: TestMuster

beforeAll(async () => {
  muster = await startTestMuster({ SSE_HEARTBEAT_INTERVAL_SECONDS: '0.3' })
})
afterAll(() => muster.stop())

const PATH = '/api/events/stream'
const KEYS = [
  'id',
  'timestamp',
  'event_type',
  'actor_id',
  'target_id',
  'target_type',
  'summary',
  'metadata',
]
const open = (query = '', headers: Record<string, string> = {}) =>
  StreamClient.open(`${muster.address}${PATH}${query}`, headers)
const report = (type: string, more: object = {}) =>
  muster.report({ type, project: 'feed', ...more }).then(({ last_id }) => last_id)
const insert = async (type: string, count = 1) => {
  const { rows } = await muster.sql(
    `INSERT INTO events (type, summary) SELECT $1, n::text FROM generate_series(1, $2::int) AS n
     RETURNING id`,
    [type, count],
  )
  return rows.map(({ id }) => Number(id))
}
/** A socket that has asked for the stream and was sent its first bytes. */
const openRaw = async (query = '') => {
  const client = await RawClient.open(muster.address)
  client.send([`GET ${PATH}${query} HTTP/1.1`, 'Host: 127.0.0.1', 'Accept: text/event-stream'])
  await client.receives('its first blocks', () => /^id: \d+\n\n/m.test(client.body))
  return client
}

describe('GET /api/events/stream', () => {
  it('sends a row that somebody inserted with psql as exactly an id and one line of JSON', async () => {
    const client = await openRaw('?types=exact')
    const start = client.body.length
    const { rows } = await muster.sql(
      `INSERT INTO events (type, actor_id, target_id, target_type, summary, data)
       VALUES ('exact', 'coordinator', '42', 'ticket', 'Grüße' || chr(10) || 'there',
         '{"reason": "none", "payload": {"raw": true}}') RETURNING id, at`,
    )
    const [{ id, at }] = rows
    await client.receives('the row', () => client.body.slice(start).includes('data: '))
    const json = {
      id: Number(id),
      timestamp: at.toISOString(),
      event_type: 'exact',
      actor_id: 'coordinator',
      target_id: '42',
      target_type: 'ticket',
      summary: 'Grüße\nthere',
      metadata: { reason: 'none' },
    }
    const sent = Buffer.from(client.body.slice(start), 'latin1').toString()
    const frame = `id: ${id}\ndata: ${JSON.stringify(json)}\n\n`
    expect(sent.slice(0, frame.length)).toBe(frame)
    client.close()
  })

  it('has the same fields in the same order for what was reported, null where there is nothing', async () => {
    const client = await openRaw('?types=reported')
    const id = await report('reported', { message: 'hello', agent: 'ann', data: { size: 3 } })
    await client.receives('the row', () => client.body.includes('data: '))
    const text = /data: (.*)\n/.exec(client.body)?.[1] ?? ''
    const item = JSON.parse(text)
    expect(Object.keys(item)).toEqual(KEYS)
    expect(item).toMatchObject({
      id,
      event_type: 'reported',
      actor_id: null,
      target_id: null,
      target_type: null,
      summary: 'hello',
      metadata: {
        project_id: expect.any(Number),
        agent_id: expect.any(Number),
        message: 'hello',
        data: { size: 3 },
      },
    })
    expect(item.metadata).not.toHaveProperty('payload')
    client.close()
  })

  it('names no row, so that onmessage sees every one', async () => {
    const client = await open()
    const ids = [await report('one'), await report('two'), ...(await insert('three'))]
    await client.receives('the rows', () => ids.every((id) => client.ids.includes(id)))
    expect(client.events.filter(({ event }) => event !== undefined)).toEqual([])
    expect(client.text).not.toMatch(/^event:/m)
    client.close()
  })

  it('gives the exact sign of life, and moves the cursor of one who was sent nothing', async () => {
    const client = await open('?types=never_sent')
    const id = await report('other')
    await client.receives('the new cursor', () => client.text.includes(`\n\nid: ${id}\n\n`))
    await client.receives('a heartbeat', () => client.text.endsWith(': heartbeat\n\n'))
    expect(client.events).toEqual([])
    client.close()
  })

  it.each([
    ['?color=red', 'color'],
    ['?types=', 'types'],
    ['?project_id=x', 'project_id'],
    ['?agent_id=0', 'agent_id'],
    ['?types=a&types=b', 'types'],
  ])('refuses %s and names the field', async (query, field) => {
    const response = await muster.fetch(`${PATH}${query}`)
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({ error: expect.stringContaining(field), field })
  })

  it('delivers a hundred events a second from several writers to ten clients, all in order', async () => {
    const clients = await Promise.all(Array.from({ length: 10 }, () => open('?types=burst')))
    for (const client of clients)
      await client.receives('its first block', () => client.text.includes('id: '))
    const writers = new pg.Pool({ connectionString: muster.databaseUrl, max: 4 })
    const written: Promise<unknown>[] = []
    for (let n = 0; n < 300; n++) {
      written.push(
        n % 2 === 0 ? report('burst') : writers.query(`INSERT INTO events (type) VALUES ('burst')`),
      )
      // Ten at a time, a hundred in a second.
      if (n % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 100))
    }
    await Promise.all(written)
    const { rows } = await writers.query(`SELECT id FROM events WHERE type = 'burst' ORDER BY id`)
    await writers.end()
    const ids = rows.map(({ id }) => Number(id))
    expect(ids).toHaveLength(300)
    for (const client of clients) {
      await client.receives('every row', () => client.events.length >= 300)
      expect(client.ids).toEqual(ids)
      client.close()
    }
  })

  it('survives the loss of the database with nothing missing', async () => {
    const client = await open('?types=survivor')
    await client.receives('its first block', () => client.text.includes('id: '))
    const before = await insert('survivor')
    await client.receives('a row', () => client.events.length === 1)
    await muster.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    )
    const after = await insert('survivor', 3)
    await client.receives('the rows', () => client.text.includes(`id: ${after[2]}\n`))
    const rows = client.events.filter(({ event }) => event === undefined)
    expect(rows.map(({ id }) => Number(id))).toEqual([...before, ...after])
    expect(client.isEnded).toBe(false)
    client.close()
  })
})
