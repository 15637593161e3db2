import { expect, it } from 'vitest'
import { StreamClient } from '../support/client'
import { createTestDatabase } from '../support/database'
import { startMusterOn } from '../support/muster'
import { until } from '../support/wait'

const READERS = 1_000
const ROWS = 300
/** A thousand requests, and each comes back when it is told to. */
const STORM_MS = 120_000

/** Comes back as late as it is told to until it is let in; returns the refusals as well. */
async function comeBack(url: string, cursor: number) {
  const refusals: string[] = []
  for (;;) {
    const client = await StreamClient.open(url, { 'Last-Event-ID': String(cursor) })
    if (client.status === 200) return { client, refusals }
    await client.receives('the reason', () => client.isEnded)
    refusals.push(`${client.status} ${client.text}`)
    const seconds = Number(client.headers['retry-after'])
    if (!(seconds > 0)) throw new Error(`Not told when to come back: ${client.text}`)
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
  }
}

it(
  'a thousand readers that come back with old cursors share their looks, and all get in',
  async () => {
    const database = await createTestDatabase()
    const first = await startMusterOn(database.url)
    await first.sql(`INSERT INTO events (type) SELECT 'noted' FROM generate_series(1, ${ROWS})`)
    await first.stop()
    // Nothing of that is in the memory of the next process.
    const muster = await startMusterOn(database.url, { SSE_MAX_CONNECTIONS: '1100' })
    const { rows } = await muster.sql("SELECT id FROM events WHERE type = 'noted' ORDER BY id")
    const ids = rows.map(({ id }) => Number(id))
    const looks = async () => {
      const text = await muster.fetch('/metrics').then((response) => response.text())
      return Number(/^muster_log_bounds_reads_total (\d+)$/m.exec(text)?.[1])
    }
    const before = await looks()
    const begun = performance.now()
    const come = (_: unknown, n: number) =>
      comeBack(`${muster.address}/api/events`, ids[n % (ROWS - 1)] ?? 0)
    const readers = await Promise.all(Array.from({ length: READERS }, come))
    try {
      for (const { refusals } of readers) {
        for (const refusal of refusals) expect(refusal).toMatch(/^503 .*busy/)
      }
      // However slowly they come: five looks a second, and those of the start.
      const seconds = (performance.now() - begun) / 1_000
      expect((await looks()) - before).toBeLessThan(10 + 6 * seconds)
      const head = ids.at(-1) ?? 0
      for (const [n, { client }] of readers.entries()) {
        await client.receives('the last row', () => client.ids.at(-1) === head)
        expect(client.ids).toEqual(ids.slice((n % (ROWS - 1)) + 1))
      }
      expect(muster.services.connections.count('events')).toBe(READERS)
    } finally {
      for (const { client } of readers) client.close()
      await until('all are gone', () => muster.services.connections.count('events') === 0)
      await muster.stop()
      await database.drop()
    }
  },
  STORM_MS,
)
