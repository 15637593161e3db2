import pg from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { RawClient, StreamClient } from '../support/client'
import { startTestMuster, type TestMuster } from '../support/muster'
import { until } from '../support/wait'

const running: TestMuster[] = []

afterEach(async () => {
  for (const muster of running.splice(0)) await muster.stop()
})

async function start(env: Record<string, string> = {}): Promise<TestMuster> {
  const muster = await startTestMuster(env)
  running.push(muster)
  return muster
}

const open = (muster: TestMuster, path = '/api/events') =>
  StreamClient.open(`${muster.address}${path}`)

/** A client that asks for a stream and never reads a byte of it. */
async function openDeaf(muster: TestMuster, path = '/api/events'): Promise<RawClient> {
  const client = await RawClient.open(muster.address)
  client.socket.pause()
  client.send([`GET ${path} HTTP/1.1`, 'Host: localhost'])
  return client
}

/** Rows that fill the socket of whoever does not read. */
const flood = (muster: TestMuster, rows: number) =>
  muster.sql(
    `INSERT INTO events (type, data) SELECT 'flood', jsonb_build_object('text', repeat('x', 100000))
     FROM generate_series(1, ${rows})`,
  )

describe('the number of streams', () => {
  it('is limited: the next one is told when to come back', async () => {
    const muster = await start({ SSE_MAX_CONNECTIONS: '2', SSE_RETRY_AFTER_SECONDS: '7' })
    const clients = [await open(muster), await open(muster)]
    const refused = await muster.fetch('/api/events')
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toBe('7')
    expect(await refused.json()).toEqual({
      error: 'Maximum connections reached',
      max_connections: 2,
    })
    clients[0]?.close()
    await until('the slot is given back', () => muster.services.connections.count('events') === 1)
    clients.push(await open(muster))
    expect(clients.at(-1)?.status).toBe(200)
    for (const client of clients) client.close()
  })

  it('is a hundred for each family, and the next one is told to come back in five seconds', async () => {
    const muster = await start()
    for (const path of ['/api/events', '/live?topic=board']) {
      const clients = await Promise.all(Array.from({ length: 100 }, () => open(muster, path)))
      expect(clients.map(({ status }) => status)).toEqual(clients.map(() => 200))
      const refused = await RawClient.open(muster.address)
      refused.send([`GET ${path} HTTP/1.1`, 'Host: localhost', 'Connection: close'])
      await refused.receives('the refusal', () => refused.isClosed)
      expect(refused.head).toMatch(/^HTTP\/1\.1 503 /)
      expect(refused.head).toMatch(/^retry-after: 5$/im)
      expect(refused.head).toMatch(/^content-type: application\/json$/im)
      expect(JSON.parse(refused.body)).toEqual({
        error: 'Maximum connections reached',
        max_connections: 100,
      })
      for (const client of clients) client.close()
    }
  })

  it('is limited for each family alone', async () => {
    const muster = await start({ SSE_MAX_CONNECTIONS: '1' })
    const clients = [await open(muster), await open(muster, '/live?topic=board')]
    expect(clients.map(({ status }) => status)).toEqual([200, 200])
    for (const path of ['/api/events', '/live?topic=board']) {
      expect((await muster.fetch(path)).status).toBe(503)
    }
    const health = await muster.fetch('/health').then((response) => response.json())
    expect(health).toMatchObject({ sse: { by_family: { events: 1, pages: 1 } } })
    for (const client of clients) client.close()
  })

  it('is never exceeded, however many come at once', async () => {
    const muster = await start({ SSE_MAX_CONNECTIONS: '10' })
    const paths = ['/api/events', '/api/events?last_event_id=0', '/live?topic=board']
    const clients = await Promise.all(
      Array.from({ length: 200 }, (_, index) => open(muster, paths[index % 3])),
    )
    const opened = clients.filter(({ status }) => status === 200)
    expect(opened).toHaveLength(20)
    expect(clients.filter(({ status }) => status === 503)).toHaveLength(180)
    for (const client of clients) client.close()
    const { connections } = muster.services
    await until('all slots are given back', () => {
      return connections.count('events') + connections.count('pages') === 0
    })
  })

  it('is zero again, and nothing is left, when clients have come and gone a thousand times', async () => {
    const muster = await start()
    const warnings: Error[] = []
    const note = (warning: Error) => warnings.push(warning)
    process.on('warning', note)
    const { connections, logStreams, pageStreams } = muster.services
    const visit = async (index: number) => {
      const client = await RawClient.open(muster.address)
      const path = index % 2 === 0 ? '/api/events?last_event_id=0' : '/live?topic=board'
      client.send([`GET ${path} HTTP/1.1`, 'Host: localhost'])
      // Some leave before they are answered.
      if (index % 3 > 0) await client.receives('the stream', () => client.status > 0)
      client.close()
    }
    for (let round = 0; round < 50; round++) {
      await Promise.all(Array.from({ length: 20 }, (_, index) => visit(index)))
    }
    await until(
      'all are gone',
      () => connections.count('events') + connections.count('pages') === 0,
    )
    expect([logStreams.channelCount, pageStreams.pageCount]).toEqual([0, 1])
    process.off('warning', note)
    expect(warnings).toEqual([])
  })
})

describe('a client that does not read', () => {
  it('costs bounded memory, harms nobody, and is removed when its patience is over', async () => {
    const muster = await start({ SSE_CONNECTION_TIMEOUT_SECONDS: '2' })
    const deaf = await openDeaf(muster)
    const reader = await open(muster)
    const { connections } = muster.services
    await until('both are there', () => connections.count('events') === 2)
    for (let batch = 0; batch < 4; batch++) await flood(muster, 50)
    await reader.receives('everything', () => reader.events.length === 200)
    expect(connections.buffered('events')).toBeLessThan(8 * 1024 * 1024)
    await until('the deaf one is removed', () => connections.count('events') === 1)
    expect(reader.isEnded).toBe(false)
    deaf.close()
    reader.close()
  })

  it('gets every row once and in order when it reads again', async () => {
    const muster = await start()
    const client = await open(muster)
    client.pause()
    for (let batch = 0; batch < 5; batch++) await flood(muster, 50)
    const { last_id } = await muster.report({ type: 'the_end', project: 'p' })
    await until('the log is read', () => muster.services.tail.head >= last_id)
    expect(muster.services.connections.buffered('events')).toBeLessThan(8 * 1024 * 1024)
    client.resume()
    await client.receives('the last row', () => client.ids.at(-1) === last_id)
    const { rows } = await muster.sql('SELECT id FROM events ORDER BY id')
    expect(client.ids).toEqual(rows.map(({ id }) => Number(id)))
    client.close()
  })
})

describe('a stop', () => {
  it('tells all clients, and is not held up by one that does not read', async () => {
    const muster = await startTestMuster()
    const clients = await Promise.all(
      Array.from({ length: 99 }, (_, index) =>
        open(muster, index % 2 === 0 ? '/api/events' : '/live?topic=board'),
      ),
    )
    await openDeaf(muster)
    await until('all are there', () => muster.services.connections.count('events') === 51)
    await flood(muster, 100)
    const begun = Date.now()
    await muster.stop()
    expect(Date.now() - begun).toBeLessThan(5_000)
    for (const client of clients) {
      await client.receives('its end', () => client.isEnded)
      const last = client.events.at(-1)
      expect(last?.event).toBe('close')
      expect(JSON.parse(last?.data ?? '')).toEqual({
        reason: 'shutdown',
        retry_ms: expect.any(Number),
      })
    }
    await expect(muster.fetch('/health')).rejects.toThrow()
  })

  it('finishes the answers that are under way', async () => {
    const muster = await startTestMuster()
    const holder = new pg.Client({ connectionString: muster.databaseUrl })
    await holder.connect()
    await holder.query("BEGIN; SELECT pg_advisory_xact_lock(hashtext('muster.events'))")
    const receipt = muster.report({ type: 'late', project: 'p' })
    await until('the report waits', async () => {
      const { rows } = await muster.sql(
        `SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = database
         WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()`,
      )
      return rows.length > 0
    })
    const stopped = muster.stop()
    await holder.end()
    expect(await receipt).toMatchObject({ accepted: 1 })
    await stopped
  })
})
