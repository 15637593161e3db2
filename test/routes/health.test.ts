import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RawClient, StreamClient } from '../support/client'
import type { TestDatabase } from '../support/cluster'
import { createTestDatabase } from '../support/database'
import { startMusterOn, type TestMuster } from '../support/muster'
import { startTestProxy, type TestProxy } from '../support/proxy'
import { until } from '../support/wait'

let database: TestDatabase
let proxy: TestProxy
let muster: TestMuster

beforeAll(async () => {
  database = await createTestDatabase()
  proxy = await startTestProxy(database.url)
  muster = await startMusterOn(proxy.url, { SSE_MAX_CONNECTIONS: '9' })
})
afterAll(async () => {
  await muster.stop()
  await proxy.close()
  await database.drop()
})

const health = async () => {
  const response = await muster.fetch('/health')
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

describe('the health', () => {
  it('says of a log without a row that the search is complete', async () => {
    const { rows } = await muster.sql('SELECT count(*)::int AS count FROM events')
    expect(rows[0].count).toBe(0)
    expect((await health()).body.search).toMatchObject({ complete: true })
  })

  it('says how Muster is, and how many streams of each family there are', async () => {
    const clients = [
      await StreamClient.open(`${muster.address}/api/events`),
      await StreamClient.open(`${muster.address}/live?topic=board`),
      await StreamClient.open(`${muster.address}/live?topic=board`),
    ]
    const { status, body } = await health()
    expect(status).toBe(200)
    expect(body).toMatchObject({
      status: 'ok',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      uptime_seconds: expect.any(Number),
      database: 'ok',
      sse: {
        status: 'ok',
        active_connections: 3,
        max_connections: 9,
        by_family: { events: 1, v2: 0, debates: 0, pages: 2 },
        evicted_by_family: { events: 0, v2: 0, debates: 0, pages: 0 },
        running: true,
      },
    })
    for (const client of clients) client.close()
  })

  it('is degraded, and still 200, while the database is away', async () => {
    proxy.cut()
    await until('it is noticed', async () => (await health()).body.status === 'degraded')
    const { status, body } = await health()
    expect(status).toBe(200)
    expect(body).toMatchObject({ database: 'away', sse: { status: 'ok', running: true } })
    proxy.restore()
    await until('it is back', async () => (await health()).body.status === 'ok')
  })

  it('is 503 while Muster stops: who is in already is told so', async () => {
    const other = await startMusterOn(database.url)
    const held = await RawClient.open(other.address)
    const ask = () => held.send(['GET /health HTTP/1.1', 'Host: localhost'])
    ask()
    await held.receives('an answer', () => held.text.includes('"status":"ok"'))
    const blocked = await StreamClient.open(`${other.address}/api/events`)
    const closing = other.services.connections.closeAll('shutdown', 2_000)
    ask()
    await held.receives('the other answer', () => held.text.includes('"status":"stopping"'))
    expect(held.text).toContain('HTTP/1.1 503')
    expect(held.text).toContain('"sse":{"status":"stopping"')
    expect(held.text).toContain('"running":false')
    await closing
    held.close()
    blocked.close()
    await other.stop()
  })

  it('is told at once while the database is connected and says nothing', async () => {
    proxy.hold()
    const answers = Array.from({ length: 20 }, async () => {
      const response = await muster.fetch('/health', { signal: AbortSignal.timeout(2_000) })
      return ((await response.json()) as { search: unknown }).search
    })
    expect(await Promise.all(answers)).toEqual(answers.map(() => null))
    proxy.restore()
    await until('it says it again', async () => (await health()).body.search !== null)
  })
})
