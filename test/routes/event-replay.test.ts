import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StreamClient } from '../support/client'
import { startTestMuster, type TestMuster } from '../support/muster'
import { until } from '../support/wait'

let muster: TestMuster
let writers: pg.Pool

beforeAll(async () => {
  muster = await startTestMuster()
  writers = new pg.Pool({ connectionString: muster.databaseUrl, max: 6 })
})
afterAll(async () => {
  await writers.end()
  await muster.stop()
})

/** Reads on from its last whole frame whenever it is cut, as a browser does. */
class Reader {
  readonly ids: number[] = []
  cuts = 0
  private client: StreamClient | null = null

  constructor(
    private readonly query: string,
    private readonly start: number,
  ) {}

  async open(): Promise<void> {
    this.client = await StreamClient.open(`${muster.address}/api/events${this.query}`, {
      'Last-Event-ID': String(this.ids.at(-1) ?? this.start),
    })
  }

  async cut(): Promise<void> {
    this.cuts++
    this.client?.close()
    this.collect()
    await this.open()
  }

  pause(): void {
    this.client?.pause()
  }

  resume(): void {
    this.client?.resume()
  }

  close(): void {
    this.client?.close()
  }

  collect(): number[] {
    const { client } = this
    if (client) this.ids.push(...client.ids.filter((id) => id > (this.ids.at(-1) ?? 0)))
    return this.ids
  }

  /** What one connection was given is in order and without doubles, before we mend anything. */
  get isInOrder(): boolean {
    const ids = this.client?.ids ?? []
    return ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? 0))
  }
}

/** Rows of one transaction, which is rolled back now and then. */
async function write(size: number, isKept: boolean): Promise<void> {
  const client = await writers.connect()
  try {
    await client.query('BEGIN')
    await client.query(
      `INSERT INTO events (type, data) SELECT CASE WHEN i % 3 = 0 THEN 'third' ELSE 'other' END,
         jsonb_build_object('text', repeat('x', 3000)) FROM generate_series(1, ${size}) AS i`,
    )
    await client.query(isKept ? 'COMMIT' : 'ROLLBACK')
  } finally {
    client.release()
  }
}

const step = fc.record({
  writes: fc.array(fc.record({ size: fc.integer({ min: 1, max: 40 }), isKept: fc.boolean() }), {
    maxLength: 6,
  }),
  action: fc.constantFrom('cut', 'pause', 'resume', 'none'),
  reader: fc.nat(2),
})

describe('readers of the log', () => {
  it('get every row that they selected once and in order, through cuts, pauses and many writers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 15 }), async (steps) => {
        const start = await headOf()
        const readers = [
          new Reader('', start),
          new Reader('?types=third', start),
          new Reader('?types=third,other', start),
        ]
        for (const reader of readers) await reader.open()
        for (const { writes, action, reader } of steps) {
          const chosen = readers[reader]
          const written = Promise.all(writes.map(({ size, isKept }) => write(size, isKept)))
          if (action === 'cut') await chosen?.cut()
          if (action === 'pause') chosen?.pause()
          if (action === 'resume') chosen?.resume()
          await written
        }
        const { rows } = await writers.query<{ id: string; type: string }>(
          'SELECT id, type FROM events WHERE id > $1 ORDER BY id',
          [start],
        )
        for (const [index, reader] of readers.entries()) {
          reader.resume()
          const wanted = rows.filter(({ type }) => index !== 1 || type === 'third')
          await until(
            'a reader has everything',
            () => reader.collect().length >= wanted.length,
            15_000,
          )
          expect(reader.isInOrder).toBe(true)
          expect(reader.ids).toEqual(wanted.map(({ id }) => Number(id)))
          reader.close()
        }
      }),
      { numRuns: 12, endOnFailure: true },
    )
  }, 60_000)
})

async function headOf(): Promise<number> {
  const { rows } = await writers.query('SELECT max(id) AS head FROM events')
  // Nothing yet: from before the first row.
  return Number(rows[0].head ?? 0)
}
