import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { RawClient, StreamClient } from '../support/client'
import { startTestMuster, type TestMuster } from '../support/muster'
import { until } from '../support/wait'

let muster: TestMuster
const clients: { close(): void }[] = []

beforeAll(async () => {
  muster = await startTestMuster({
    SSE_HEARTBEAT_INTERVAL_SECONDS: '0.4',
    SSE_MAX_CONNECTIONS: '3',
  })
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  await until('all streams are gone', () => muster.services.connections.count('v2') === 0)
})
afterAll(() => muster.stop())

const open = async (headers: Record<string, string> = {}, query = '') => {
  const client = await StreamClient.open(`${muster.address}/api/v2/stream${query}`, headers)
  clients.push(client)
  return client
}
const named = (client: StreamClient, name: string) =>
  client.events.filter(({ event }) => event === name)
const parsed = (client: StreamClient, name: string) =>
  named(client, name).map(({ data }) => JSON.parse(data))
const status = async () =>
  (await (await muster.fetch('/api/v2/stream/status')).json()) as { available: number }

describe('GET /api/v2/stream', () => {
  it('says first a heartbeat and the metrics, by the byte', async () => {
    const client = await RawClient.open(muster.address)
    clients.push(client)
    client.send(['GET /api/v2/stream HTTP/1.1', 'Host: localhost'])
    await client.receives('metrics', () => /event: metrics\n.*\n.*\n\n/.test(client.body))
    expect(client.head).toMatch(/^content-type: text\/event-stream$/im)
    expect(client.head).toMatch(/^cache-control: no-cache, no-transform$/im)
    expect(client.head).toMatch(/^x-accel-buffering: no$/im)
    expect(client.body).toMatch(
      /^retry: 3000\n\nevent: heartbeat\nid: evt_\d+\.\d+\ndata: \{[^\n]*\}\n\nevent: metrics\nid: evt_\d+\.\d+\ndata: \{[^\n]*\}\n\n/,
    )
  })

  it('has every field of the contract, and no text', async () => {
    await muster.report({
      type: 'note',
      project: 'a secret name',
      agent: 'somebody',
      state: 'awaiting_input',
      message: 'a secret text',
    })
    const client = await open()
    const latest = () => parsed(client, 'metrics').at(-1)
    await client.receives('metrics of the agent', () => latest()?.agents_total === 1)
    const metrics = latest()
    expect(metrics).toEqual({
      agents_total: expect.any(Number),
      by_state: expect.objectContaining({ awaiting_input: 1, idle: 0 }),
      by_project: expect.any(Object),
      events_total: expect.any(Number),
      events_complete: true,
      rate_last_hour: expect.any(Number),
      rate_last_24h: expect.any(Number),
      awaiting_input: 1,
      awaiting_since: expect.stringMatching(/Z$/),
      usage: expect.objectContaining({ input_tokens: 0, cost_usd: 0 }),
      connections: 1,
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    })
    const counted = await muster.sql('SELECT count(*)::int AS n FROM events')
    expect(metrics.events_total).toBe(counted.rows[0].n)
    expect(client.text).not.toContain('secret')
  })

  it('sends metrics when they change, to nobody more than once a second', async () => {
    const both = [await open(), await open()]
    for (const client of both) {
      await client.receives('metrics', () => named(client, 'metrics').length > 0)
    }
    const times: number[][] = [[], []]
    const seen = [0, 0]
    let last = 0
    const end = Date.now() + 3_300
    while (Date.now() < end) {
      last = (await muster.report({ type: 'note', project: 'busy' })).last_id
      both.forEach((client, index) => {
        const count = named(client, 'metrics').length
        if (count > (seen[index] ?? 0)) times[index]?.push(Date.now())
        seen[index] = count
      })
    }
    for (const client of both) {
      const stamps = parsed(client, 'metrics').map(({ timestamp }) => Date.parse(timestamp))
      expect(stamps.length).toBeGreaterThanOrEqual(3)
      const gaps = stamps.slice(1).map((stamp, index) => stamp - (stamps[index] ?? 0))
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000)
    }
    expect(muster.services.metricStreams.channelCount).toBe(1)
    const total = (await muster.sql('SELECT count(*)::int AS n FROM events')).rows[0].n
    const [client] = both
    await client?.receives(
      'the last change',
      () => parsed(client, 'metrics').at(-1)?.events_total === total,
    )
    expect(last).toBeGreaterThan(0)
  })

  it('is silent about metrics that stay as they are, and gives heartbeats in their interval', async () => {
    const client = await open()
    await client.receives('heartbeats', () => named(client, 'heartbeat').length >= 4)
    const beats = parsed(client, 'heartbeat')
    expect(beats[0]).toEqual({
      timestamp: expect.stringMatching(/Z$/),
      connections: 1,
      uptime_seconds: expect.any(Number),
    })
    const stamps = beats.map(({ timestamp }) => Date.parse(timestamp))
    const gaps = stamps.slice(2).map((stamp, index) => stamp - (stamps[index + 1] ?? 0))
    for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(400)
    expect(named(client, 'metrics')).toHaveLength(1)
  })

  it('keeps giving heartbeats while metrics flow', async () => {
    const client = await open()
    await client.receives('several of both', () => {
      void muster.report({ type: 'note', project: 'flow' })
      return named(client, 'metrics').length >= 2 && named(client, 'heartbeat').length >= 3
    })
  })

  it('counts who is there', async () => {
    for (let n = 0; n < 3; n++) await open()
    expect(await status()).toEqual({
      connections: 3,
      max_connections: 3,
      available: 0,
      uptime_seconds: expect.any(Number),
    })
    clients.shift()?.close()
    await until('a slot is free', async () => (await status()).available === 1)
  })

  it('knows no filter', async () => {
    const refused = await muster.fetch('/api/v2/stream?types=note')
    expect(refused.status).toBe(400)
    expect(await refused.json()).toEqual({ detail: expect.any(String), field: 'types' })
  })
})
