import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StreamClient } from '../support/client'
import type { TestDatabase } from '../support/cluster'
import { createTestDatabase } from '../support/database'
import { collectLog } from '../support/log-lines'
import { startMusterOn, type TestMuster } from '../support/muster'
import { until } from '../support/wait'

const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/
const { log, lines, linesOf } = collectLog()
let database: TestDatabase
let muster: TestMuster

beforeAll(async () => {
  database = await createTestDatabase()
  muster = await startMusterOn(database.url, { SSE_MAX_CONNECTIONS: '2' }, { log })
})
afterAll(async () => {
  await muster.stop()
  await database.drop()
})

async function ask(path: string, headers: Record<string, string> = {}) {
  const response = await muster.fetch(path, { headers })
  return { response, id: response.headers.get('x-request-id') ?? '' }
}

const answered = (id: string) => linesOf('request answered').filter((line) => line.request === id)

describe('a request', () => {
  it('has an id of its own, and one line at its end, without its query', async () => {
    const { id } = await ask('/api/events/history?types=note&secret=hunter2')
    expect(id).toMatch(UUID)
    await until('the line is there', () => answered(id).length > 0)
    expect(answered(id)).toMatchObject([
      { level: 20, method: 'GET', path: '/api/events/history', status: 400 },
    ])
    expect(answered(id)[0]?.ms).toEqual(expect.any(Number))
    expect(JSON.stringify(lines)).not.toContain('hunter2')
  })

  it('keeps the id that a proxy gave it, if that is plain', async () => {
    expect((await ask('/health', { 'X-Request-Id': 'edge-1.a_B' })).id).toBe('edge-1.a_B')
    for (const odd of ['', 'a b', 'x'.repeat(65), '<script>', 'a,b', '"']) {
      expect((await ask('/health', { 'X-Request-Id': odd })).id, odd).toMatch(UUID)
    }
  })

  it('that is refused has one as well', async () => {
    const { response, id } = await ask('/health', { Origin: 'https://elsewhere.example' })
    expect(response.status).toBe(403)
    await until('the line is there', () => answered(id).length > 0)
  })

  it('that fails is told with it, in the log and to the one who asked', async () => {
    await muster.sql('ALTER TABLE events RENAME TO hidden')
    const { response, id } = await ask('/api/events/history')
    await muster.sql('ALTER TABLE hidden RENAME TO events')
    expect(response.status).toBe(500)
    expect(await response.json()).toMatchObject({ id })
    expect(linesOf('a request failed').filter((line) => line.request === id)).toMatchObject([
      { level: 50, err: { message: expect.stringContaining('events') } },
    ])
  })
})

describe('a stream', () => {
  it('is told at its open and at its close, under one id', async () => {
    const path = '/api/events?types=noted'
    const client = await StreamClient.open(`${muster.address}${path}`, { 'Last-Event-ID': 'x\tx' })
    await client.receives('its reset', () => client.events.length > 0)
    const request = client.headers['x-request-id']
    client.close()
    const closedOf = (id: unknown) => linesOf('stream closed').find((l) => l.connection === id)
    const opened = linesOf('stream opened').find((line) => line.request === request)
    expect(opened).toMatchObject({
      connection: expect.stringMatching(UUID),
      family: 'events',
      client: expect.stringContaining('127.0.0.1'),
      filter: { types: ['noted'] },
      last_event_id: 'x\tx',
    })
    await until('its end is told', () => closedOf(opened?.connection) !== undefined)
    expect(closedOf(opened?.connection)).toMatchObject({
      level: 30,
      family: 'events',
      reason: 'client',
      duration_ms: expect.any(Number),
      bytes: Buffer.byteLength(client.text),
    })
  })

  it('of pages names its topics', async () => {
    const client = await StreamClient.open(`${muster.address}/live?topic=board`)
    client.close()
    const request = client.headers['x-request-id']
    expect(linesOf('stream opened').find((line) => line.request === request)).toMatchObject({
      family: 'pages',
      topics: ['board'],
    })
  })
})

describe('an event', () => {
  it('whose data nobody can be sent is named, and costs no other event', async () => {
    const client = await StreamClient.open(`${muster.address}/api/events`)
    const deep = `{"a":${'['.repeat(4_000)}${']'.repeat(4_000)}}`
    const { rows } = await muster.sql(
      `INSERT INTO events (type, data) VALUES ('plain', '{}'), ('deep', $1), ('plain', '{}') RETURNING id`,
      [deep],
    )
    const ids = rows.map(({ id }) => Number(id))
    await client.receives('the last row', () => client.ids.includes(ids[2] ?? 0))
    expect(client.ids.filter((id) => ids.includes(id))).toEqual(ids)
    expect(client.events.find(({ event }) => event === 'deep')?.data).toContain('unreadable')
    client.close()
    const history = await muster.fetch(`/api/events/history?limit=3`)
    expect(await history.json()).toMatchObject({ events: [{}, { type: 'deep' }, {}] })
  })

  it('that a reader of the tail stumbles over is named with its type, id and time', async () => {
    const { pageStreams } = muster.services
    const { deliver } = pageStreams
    pageStreams.deliver = () => {
      throw new Error('a mistake')
    }
    const { last_id: id } = await muster.report({ type: 'unlucky', project: 'p' })
    await until('it is told', () => linesOf('new events could not be handed on').length > 0)
    pageStreams.deliver = deliver
    expect(linesOf('new events could not be handed on')[0]).toMatchObject({
      level: 50,
      event_type: expect.any(String),
      event_id: expect.any(Number),
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      err: { message: 'a mistake' },
    })
    expect(id).toBeGreaterThan(0)
  })
})
