import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StreamClient } from '../support/client'
import { startTestMuster, type TestMuster } from '../support/muster'

const CLIENTS = 10
const EVENTS = 300

let muster: TestMuster
let psql: pg.Client
const clients: StreamClient[] = []

beforeAll(async () => {
  muster = await startTestMuster()
  psql = new pg.Client({ connectionString: muster.databaseUrl })
  await psql.connect()
  for (let n = 0; n < CLIENTS; n++) {
    clients.push(await StreamClient.open(`${muster.address}/api/events?types=quick`))
  }
})
afterAll(async () => {
  for (const client of clients) client.close()
  await psql.end()
  await muster.stop()
})

async function insert(): Promise<number> {
  const { rows } = await psql.query(`INSERT INTO events (type) VALUES ('quick') RETURNING id`)
  return Number(rows[0].id)
}

/** Figures are for people: what is fast here is slow elsewhere. */
function show(figure: string): void {
  if (process.env.MUSTER_SHOW_TIMES) console.info(figure)
}

describe('ten clients at once', () => {
  it('get hundreds of events, each committed by itself, all of them and in order', async () => {
    const begun = performance.now()
    const ids: number[] = []
    for (let n = 0; n < EVENTS; n++) ids.push(await insert())
    for (const client of clients) {
      await client.receives('every event', () => client.events.length >= EVENTS)
      expect(client.ids).toEqual(ids)
    }
    const seconds = (performance.now() - begun) / 1_000
    show(`${(EVENTS / seconds).toFixed(0)} events/s, one after the other, to ${CLIENTS} clients`)
  })

  it('get a row that psql inserts as soon as it is committed, and hear of it by a notice', async () => {
    const waits: number[] = []
    const { counters } = muster.services.tail
    const { notices } = counters
    for (let n = 0; n < 20; n++) {
      const begun = performance.now()
      const id = await insert()
      for (const client of clients) {
        await client.receives('the row', () => client.ids.at(-1) === id)
      }
      waits.push(performance.now() - begun)
    }
    expect(counters.notices).toBeGreaterThan(notices)
    waits.sort((a, b) => a - b)
    show(
      `INSERT to all ${CLIENTS} clients: median ${waits[10]?.toFixed(1)} ms, worst ${waits[19]?.toFixed(1)} ms`,
    )
  })
})
