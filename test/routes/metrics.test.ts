import { afterAll, beforeAll, expect, it } from 'vitest'
import { StreamClient } from '../support/client'
import { startTestMuster, type TestMuster } from '../support/muster'
import { until } from '../support/wait'

let muster: TestMuster

beforeAll(async () => {
  muster = await startTestMuster({ SSE_MAX_CONNECTIONS: '2' })
})
afterAll(() => muster.stop())

/** Every sample by its name with labels. */
async function samples(): Promise<Map<string, number>> {
  const response = await muster.fetch('/metrics')
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const lines = (await response.text()).split('\n').filter((line) => line && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ')
      return [line.slice(0, space), Number(line.slice(space + 1))]
    }),
  )
}

it('counts who reads, what they were sent, and why they left', async () => {
  const clients = [
    await StreamClient.open(`${muster.address}/api/events`),
    await StreamClient.open(`${muster.address}/api/events`),
  ]
  expect((await muster.fetch('/api/events')).status).toBe(503)
  const { last_id: id } = await muster.report({ type: 'deployed', project: 'p' })
  for (const client of clients) await client.receives('it', () => client.ids.includes(id))
  const open = await samples()
  expect(open.get('muster_connections{family="events"}')).toBe(2)
  expect(open.get('muster_connections_max')).toBe(2)
  expect(open.get('muster_connections_refused_total{family="events",reason="full"}')).toBe(1)
  expect(open.get('muster_events_sent_total{type="deployed"}')).toBe(2)
  expect(open.get('muster_delivery_seconds_count')).toBeGreaterThan(0)
  expect(open.get('muster_lanes')).toBe(1)
  for (const client of clients) client.close()
  const { connections } = muster.services
  await until('they are gone', () => connections.count('events') === 0)
  const gone = await samples()
  expect(gone.get('muster_connections_opened_total{family="events"}')).toBe(2)
  expect(gone.get('muster_connections_closed_total{family="events",reason="client"}')).toBe(2)
  const bytes = clients.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
  expect(gone.get('muster_connections_sent_bytes_total{family="events"}')).toBe(bytes)
})

it('counts reports by what became of them', async () => {
  const before = await samples()
  await muster.report({ type: 'a', project: 'p', dedupe_key: 'k' })
  await muster.report({ type: 'a', project: 'p', dedupe_key: 'k' })
  const headers = { 'Content-Type': 'application/json' }
  const wrong = await muster.fetch('/api/events', { method: 'POST', headers, body: '{' })
  expect(wrong.status).toBe(400)
  const after = await samples()
  const more = (outcome: string) => {
    const name = `muster_reports_total{outcome="${outcome}"}`
    return (after.get(name) ?? 0) - (before.get(name) ?? 0)
  }
  expect(['accepted', 'duplicate', 'refused', 'unavailable'].map(more)).toEqual([1, 1, 1, 0])
  expect(after.get('muster_group_requests_count')).toBeGreaterThan(1)
  expect(after.get('muster_group_commit_seconds_count')).toBeGreaterThan(1)
})

it('counts requests by the pattern of their route', async () => {
  for (const path of ['/events/1', '/events/2', '/nowhere/at/all']) await muster.fetch(path)
  const all = await samples()
  const label = 'route="/events/:id",method="GET"'
  expect(all.get(`muster_http_requests_total{${label},status="404"}`)).toBe(2)
  expect(all.get(`muster_http_request_seconds_count{${label}}`)).toBe(2)
  expect(all.get('muster_http_requests_total{route="none",method="GET",status="404"}')).toBe(1)
  expect([...all.keys()].filter((name) => name.includes('nowhere'))).toEqual([])
})

it('tells how the tail follows, and how the process is', async () => {
  const { tail } = muster.services
  const all = await samples()
  expect(all.get('muster_tail_available')).toBe(1)
  expect(all.get('muster_tail_head')).toBe(tail.head)
  expect(all.get('muster_tail_rows_total')).toBe(tail.counters.rows)
  expect(all.get('muster_tail_lag_rows')).toBeGreaterThan(0)
  expect(all.get('muster_ring_bytes')).toBe(tail.ring.byteLength)
  expect(all.get('muster_retention_removed_total{table="events"}')).toBe(0)
  expect(all.get('process_resident_memory_bytes')).toBeGreaterThan(1e6)
})

it('measures how long pages take to be brought up to date', async () => {
  const client = await StreamClient.open(`${muster.address}/live?topic=board`)
  await muster.report({ type: 'b', project: 'p', agent: 'x' })
  await client.receives('a patch', () => client.events.some(({ event }) => event === 'patch'))
  const all = await samples()
  expect(all.get('muster_page_flush_seconds_count')).toBeGreaterThan(0)
  expect(all.get('muster_page_writes_total')).toBeGreaterThan(0)
  expect(all.get('muster_pages')).toBe(1)
  client.close()
})

it('grows no label with what reporters think of', async () => {
  const client = await StreamClient.open(`${muster.address}/api/events`)
  const reports = Array.from({ length: 300 }, (_, n) => ({ type: `kind_${n}`, project: 'p' }))
  const { last_id: id } = await muster.report(...reports)
  await client.receives('all', () => client.ids.includes(id))
  const all = await samples()
  const types = [...all.keys()].filter((name) => name.startsWith('muster_events_sent_total'))
  expect(types).toHaveLength(101)
  expect(all.get('muster_events_sent_total{type="other"}')).toBeGreaterThan(190)
  client.close()
})

it('is valid Prometheus text, and every metric says what it means', async () => {
  const text = await (await muster.fetch('/metrics')).text()
  const names = [...text.matchAll(/^# TYPE (muster_\w+) /gm)].map(([, name]) => name)
  expect(names.length).toBeGreaterThan(20)
  for (const name of names) expect(text).toMatch(new RegExp(`^# HELP ${name} \\S.{10,}`, 'm'))
})
