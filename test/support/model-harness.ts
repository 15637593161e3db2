import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { postAlone } from './balancer'
import type { TestDatabase } from './cluster'
import { createTestDatabase } from './database'
import { startMusterOn, type TestMuster } from './muster'
import { until } from './wait'

/** Rows in a transaction that is rolled back now and then. */
interface Batch {
  readonly rows: number
  readonly bytes: number
  readonly isKept: boolean
}

/** Two processes on one database, with all that can happen to them, and what has been committed. */
export class TestWorld {
  /** Every row there ever was, by id, also those that were removed since. */
  readonly types = new Map<number, string>()
  trimmedThrough = 0
  private known = 0

  private constructor(
    private readonly database: TestDatabase,
    private readonly pool: pg.Pool,
    private readonly musters: TestMuster[],
  ) {}

  static async create(): Promise<TestWorld> {
    const database = await createTestDatabase()
    const pool = new pg.Pool({ connectionString: database.url, max: 6 })
    pool.on('error', () => undefined)
    const musters = await Promise.all([start(database), start(database)])
    return new TestWorld(database, pool, musters)
  }

  async end(): Promise<void> {
    await Promise.all(this.musters.map((muster) => muster.stop()))
    await this.pool.end()
    await this.database.drop()
  }

  process(index: number): TestMuster {
    const muster = this.musters[index % this.musters.length]
    if (!muster) throw new Error('There is no such process')
    return muster
  }

  async write({ rows, bytes, isKept }: Batch): Promise<void> {
    const client = await this.pool.connect()
    try {
      await client.query('BEGIN')
      await client.query(
        `INSERT INTO events (type, summary, data)
         SELECT CASE WHEN i % 3 = 0 THEN 'third' ELSE 'other' END, 'row ' || i,
           jsonb_build_object('text', repeat('é', $2 / 2))
         FROM generate_series(1, $1::int) AS i`,
        [rows, bytes],
      )
      await client.query(isKept ? 'COMMIT' : 'ROLLBACK')
    } finally {
      client.release()
    }
  }

  /** An agent says something, to either process, until it is acknowledged. */
  async report(agent: number, state: string, process: number): Promise<number> {
    const body = {
      dedupe_key: randomUUID(),
      type: 'said',
      project: `project-${agent % 2}`,
      agent: `agent-${agent}`,
      state,
      message: `${state} <&>`,
    }
    let lastId = 0
    await until('a report is acknowledged', async () => {
      const answer = await postAlone(`${this.process(process).address}/api/events`, body)
      if (answer.status !== 201 && answer.status !== 503) throw new Error(`${answer.status}`)
      lastId = answer.body.last_id ?? 0
      return answer.status === 201
    })
    return lastId
  }

  /** The connections that listen are lost, as when the database's side closes them. */
  async killTails(): Promise<void> {
    await this.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'muster tail' AND datname = current_database()`,
    )
  }

  async restart(index: number): Promise<void> {
    const place = index % this.musters.length
    await this.musters[place]?.stop()
    this.musters[place] = await start(this.database)
  }

  /** Removes this share of what is kept, oldest first, as the retention does it. */
  async trim(share: number): Promise<void> {
    await this.look()
    const kept = [...this.types.keys()].filter((id) => id > this.trimmedThrough)
    const through = kept[Math.floor((kept.length - 1) * share)]
    if (through === undefined) return
    await this.pool.query(
      `WITH removed AS (DELETE FROM events WHERE id <= ${through})
       UPDATE log_floor SET trimmed_through = ${through}`,
    )
    this.trimmedThrough = through
  }

  /** Notes what has been committed; returns the newest id. */
  async look(): Promise<number> {
    const { rows } = await this.pool.query<{ id: string; type: string }>(
      'SELECT id, type FROM events WHERE id > $1 ORDER BY id',
      [this.known],
    )
    for (const { id, type } of rows) this.types.set(Number(id), type)
    this.known = Number(rows.at(-1)?.id ?? this.known)
    return this.known
  }
}

function start(database: TestDatabase): Promise<TestMuster> {
  return startMusterOn(database.url, { SSE_HEARTBEAT_INTERVAL_SECONDS: '0.2' })
}
