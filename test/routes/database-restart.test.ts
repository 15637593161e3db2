import { afterAll, beforeAll, expect, it } from 'vitest'
import type { EmbeddedPostgres } from '../../src/db/embedded/start'
import { postAlone } from '../support/balancer'
import { StreamClient } from '../support/client'
import { createScratch, type Scratch } from '../support/embedded-scratch'
import { startMusterOn, type TestMuster } from '../support/muster'
import { startTestProxy, type TestProxy } from '../support/proxy'
import { until } from '../support/wait'

const REPORTERS = 3
const DEADLINE_MS = 60_000

let scratch: Scratch
let server: EmbeddedPostgres
/** The database comes back on another port; a real one would keep it. */
let proxy: TestProxy
let muster: TestMuster

beforeAll(async () => {
  scratch = await createScratch()
  server = await scratch.start()
  proxy = await startTestProxy(server.url)
  muster = await startMusterOn(proxy.url)
})
afterAll(async () => {
  await muster.stop()
  await proxy.close()
  await scratch.remove()
})

/** Reports one thing after the other, each until it is acknowledged, and notes every answer. */
class Reporter {
  readonly acknowledged: string[] = []
  readonly statuses: number[] = []
  isStopped = false

  constructor(private readonly name: string) {}

  async run(): Promise<void> {
    for (let n = 0; !this.isStopped; n++) {
      const message = `${this.name} ${n}`
      const body = { type: 'note', project: 'p', message, dedupe_key: message }
      for (let status = 0; status !== 201; this.statuses.push(status)) {
        status = (await postAlone(`${muster.address}/api/events`, body)).status
      }
      this.acknowledged.push(message)
    }
  }
}

async function restartDatabase(whileAway: () => Promise<void>): Promise<void> {
  const { port } = new URL(proxy.url)
  await server.stop()
  await whileAway()
  // It may come back at the same address: the old way to it must not lead to both.
  await proxy.close()
  server = await scratch.start()
  proxy = await startTestProxy(server.url, Number(port))
}

/** A page may say besides that it cannot be read meanwhile. */
const noticesOf = ({ events }: StreamClient): string[] =>
  events
    .flatMap(({ event, data }) => (event === 'error' ? [JSON.parse(data).error_type] : []))
    .filter((type) => type.startsWith('database_'))

it('a database that is stopped and started under streams and reports costs nothing that was acknowledged', {
  timeout: 2 * DEADLINE_MS,
}, async () => {
  const stream = await StreamClient.open(`${muster.address}/api/events?last_event_id=0`)
  const page = await StreamClient.open(`${muster.address}/live?topic=board`)
  const reporters = Array.from({ length: REPORTERS }, (_, n) => new Reporter(`reporter-${n}`))
  const running = Promise.all(reporters.map((reporter) => reporter.run()))
  const count = () => reporters.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0)
  await until('reports are taken', () => count() > 30, DEADLINE_MS)

  await restartDatabase(async () => {
    for (const { statuses } of reporters) {
      await until('a reporter is told to wait', () => statuses.at(-1) === 503, DEADLINE_MS)
    }
    for (const client of [stream, page]) {
      await client.receives('the notice', () => noticesOf(client).includes('database_away'))
    }
  })
  const enough = count() + 30
  await until('reports are taken again', () => count() > enough, DEADLINE_MS)
  for (const reporter of reporters) reporter.isStopped = true
  await running

  const { rows } = await muster.sql('SELECT id, type, summary FROM events ORDER BY id')
  const stored = rows.filter(({ type }) => type === 'note').map(({ summary }) => summary)
  expect(stored.sort()).toEqual(reporters.flatMap(({ acknowledged }) => acknowledged).sort())
  for (const { statuses } of reporters) {
    expect([...new Set(statuses)].sort()).toEqual([201, 503])
  }
  const idsOf = () => stream.ids.filter((id) => !Number.isNaN(id))
  await until('the stream has everything', () => idsOf().length >= rows.length, DEADLINE_MS)
  expect(idsOf()).toEqual(rows.map(({ id }) => Number(id)))
  for (const client of [stream, page]) {
    const isBack = () => noticesOf(client).at(-1) === 'database_back'
    await until('the second notice', isBack, DEADLINE_MS)
    // Streams of pages repeat the notice every ten seconds while it is away.
    const changes = noticesOf(client).filter((type, index, all) => type !== all[index - 1])
    expect(changes).toEqual(['database_away', 'database_back'])
    expect(client.isEnded).toBe(false)
    client.close()
  }
})
