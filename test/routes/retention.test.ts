import { afterEach, expect, it } from 'vitest'
import { Retention } from '../../src/log/retention'
import { StreamClient } from '../support/client'
import { createTestDatabase } from '../support/database'
import { withClient } from '../support/database-rows'
import { startMusterOn, type TestMuster } from '../support/muster'
import { until } from '../support/wait'

const ROWS = 2_000
const running: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop()
})

/** A log of rows that no process has in memory, and a Muster that finds it. */
async function start(): Promise<{ muster: TestMuster; ids: number[] }> {
  const database = await createTestDatabase()
  running.push(() => database.drop())
  const ids = await withClient(database.url, async (client) => {
    const { rows } = await client.query(
      `INSERT INTO events (type, data)
       SELECT 'old', jsonb_build_object('text', repeat('x', 20000))
       FROM generate_series(1, ${ROWS}) RETURNING id`,
    )
    return rows.map(({ id }) => Number(id))
  })
  const muster = await startMusterOn(database.url)
  running.push(() => muster.stop())
  return { muster, ids }
}

const retain = (muster: TestMuster, maxEvents: number) => {
  const { db } = muster.services
  const limits = { days: 90, maxEvents }
  return new Retention({ db, writing: db, limits, pauseMs: 0 }).run()
}

it('tells a reader once that rows were removed in the middle of its replay, and goes on', async () => {
  const { muster, ids } = await start()
  const client = await StreamClient.open(`${muster.address}/api/events`, { 'Last-Event-ID': '0' })
  running.push(async () => client.close())
  await client.receives('the first rows', () => client.events.length > 0)
  // Its socket is full long before the end, so it reads on only while rows are being removed.
  client.pause()
  expect((await retain(muster, 10)).events).toBe(ROWS - 10)
  client.resume()
  await client.receives('the reset', () => client.events.some(({ event }) => event === 'reset'))
  const { last_id: next } = await muster.report({ type: 'note', project: 'p', message: 'later' })
  await client.receives('what comes later', () => client.ids.includes(next))
  const at = client.events.findIndex(({ event }) => event === 'reset')
  const before = client.ids.slice(0, at)
  expect(before).toEqual(ids.slice(0, before.length))
  expect(before.length).toBeLessThan(ROWS - 10)
  expect(client.events.filter(({ event }) => event === 'reset')).toHaveLength(1)
  expect(client.events[at]).toMatchObject({ id: String(ids.at(-1)) })
  expect(JSON.parse(client.events[at]?.data ?? '')).toEqual({
    reason: 'expired',
    last_event_id: before.at(-1),
  })
  expect(client.ids.slice(at + 1).every((id) => id > (ids.at(-1) ?? 0))).toBe(true)
})

it('a cursor from before what is kept is reset on streams, and 400 in the history', async () => {
  const { muster, ids } = await start()
  await retain(muster, 10)
  const [first = 0] = ids
  for (const path of ['/api/events', '/live?topic=board']) {
    const client = await StreamClient.open(`${muster.address}${path}`, {
      'Last-Event-ID': String(first),
    })
    await client.receives('the reset', () => client.events.length > 0)
    expect(client.events[0]?.event).toBe('reset')
    client.close()
  }
  const refused = await muster.fetch(`/api/events/history?after=${first}`)
  expect(refused.status).toBe(400)
  expect(await refused.json()).toMatchObject({ field: 'after' })
  const whole = await StreamClient.open(`${muster.address}/api/events`, {
    'Last-Event-ID': String(ids.at(-11)),
  })
  await whole.receives('all that is kept', () => whole.ids.length >= 10)
  expect(whole.ids).toEqual(ids.slice(-10))
  whole.close()
  expect((await muster.fetch(`/events/${first}`)).status).toBe(404)
})

it('removes in the background what is beyond the configured number', {
  timeout: 90_000,
}, async () => {
  const { muster, ids } = await start()
  const other = await startMusterOn(muster.databaseUrl, { MUSTER_RETENTION_MAX_EVENTS: '3' })
  running.push(() => other.stop())
  const kept = async () => {
    const { rows } = await muster.sql('SELECT id FROM events ORDER BY id')
    return rows.map(({ id }) => Number(id))
  }
  await until('the rest is gone', async () => (await kept()).length <= 3, 60_000)
  expect(await kept()).toEqual(ids.slice(-3))
})
