import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { postAlone } from '../support/balancer'
import { StreamClient } from '../support/client'
import type { TestDatabase } from '../support/cluster'
import { createTestDatabase } from '../support/database'
import { TestDom } from '../support/dom'
import { startMusterOn, type TestMuster } from '../support/muster'
import { startTestProxy, type TestProxy } from '../support/proxy'
import { until } from '../support/wait'

let database: TestDatabase
let one: TestMuster
let other: TestMuster
/** Between the other one and what it hears of the log: it is cut to let that one fall behind. */
let ear: TestProxy
const clients: StreamClient[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  ear = await startTestProxy(database.url)
  one = await startMusterOn(database.url)
  other = await startMusterOn(database.url, {
    DATABASE_LISTEN_URL: ear.url,
    SSE_HEARTBEAT_INTERVAL_SECONDS: '0.3',
  })
})
afterEach(() => {
  for (const client of clients.splice(0)) client.close()
})
afterAll(async () => {
  await Promise.all([one.stop(), other.stop()])
  await ear.close()
  await database.drop()
})

const open = async (address: string, path: string, cursor: number | '' = '') => {
  const client = await StreamClient.open(`${address}${path}`, { 'Last-Event-ID': String(cursor) })
  clients.push(client)
  return client
}

/** An agent that works. */
const report = async (agent: string, message: string, to: string) => {
  const body = { type: 'working', project: 'shared', agent, state: 'processing', message }
  const answer = await postAlone(`${to}/api/events`, body)
  expect(answer.status).toBe(201)
  return answer.body.last_id ?? 0
}

const storedAfter = async (id: number) => {
  const { rows } = await one.sql('SELECT id FROM events WHERE id > $1 ORDER BY id', [id])
  return rows.map((row) => Number(row.id))
}

const pageOf = async (muster: Pick<TestMuster, 'address'>, path = '/') =>
  new TestDom(await (await fetch(`${muster.address}${path}`)).text())

/** What a browser shows that has had this page open all the time. */
class Viewer {
  private applied = 0

  constructor(
    readonly dom: TestDom,
    readonly client: StreamClient,
  ) {}

  get shown(): TestDom {
    for (const { event, data } of this.client.events.slice(this.applied)) {
      this.applied++
      if (event === 'patch') this.dom.apply(data.slice(data.indexOf('\n') + 1))
    }
    return this.dom
  }
}

/** Takes away what the other process hears of the log until `restore`. */
async function deafen(): Promise<void> {
  ear.cut()
  await until('the other one hears nothing', () => !other.services.tail.isAvailable)
}

describe('with two processes on one database', () => {
  it('one that has read less lets a client wait who has seen more, on its stream of events', async () => {
    await deafen()
    const seen = await report('ahead', 'is seen through the first', one.address)
    const client = await open(other.address, '/api/events', seen)
    const next = await report('ahead', 'is seen through neither', one.address)
    await client.receives('its first block', () => client.text.includes('\n\n'))
    expect(client.events).toEqual([])
    ear.restore()
    await client.receives('the next row', () => client.ids.at(-1) === next)
    expect(client.events.map(({ event, id }) => [event, Number(id)])).toEqual([
      ['error', Number.NaN],
      ['working', next],
    ])
  })

  it('one that has read less shows nothing older, on the stream of a page and in polls', async () => {
    await report('elder', 'old words', one.address)
    const known = (await storedAfter(0)).at(-1) ?? 0
    await until('the other one shows it', () => other.services.pageStreams.cursor >= known)
    await deafen()
    const seen = await report('elder', 'new words', one.address)
    await until('the first one shows it', () => one.services.pageStreams.cursor >= seen)
    const dom = await pageOf(one)
    const client = await open(other.address, dom.stream)
    const viewer = new Viewer(dom, client)
    const poll = fetch(`${other.address}${dom.stream}`, { headers: { Accept: 'text/html' } })
    other.services.pageStreams.invalidateAll()
    await client.receives('a sign of life', () => client.events.length > 0)
    expect(client.events[0]).toMatchObject({ event: 'hb', id: String(seen) })
    const latest = await report('elder', 'newest words', other.address)
    ear.restore()
    await client.receives('the newest words', () => client.text.includes('newest words'))
    expect(client.events.every(({ event, id }) => event !== 'patch' || Number(id) > seen)).toBe(
      true,
    )
    expect(viewer.shown.shown).toEqual((await pageOf(other)).shown)
    const answer = await poll
    expect(answer.status).toBe(200)
    expect(Number(answer.headers.get('last-event-id'))).toBeGreaterThanOrEqual(seen)
    expect(await answer.text()).not.toContain('old words')
    expect((await storedAfter(latest)).length).toBe(0)
  })
})
