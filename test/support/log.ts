import pg from 'pg'
import { connectDatabase, type Database, types } from '../../src/db/connect'
import type { EventRow } from '../../src/log/event-row'
import { readBounds } from '../../src/log/history'
import { Tail, type TailOptions } from '../../src/log/tail'
import { createEmptiedDatabase } from './emptied-database'

/** A database of its own with clients to insert as psql would, and readers; all are ended by `end`. */
export interface TestLog {
  readonly url: string
  readonly db: Database
  /** A plain client that knows nothing of Muster. */
  psql(): Promise<pg.Client>
  query<R extends object>(text: string, values?: readonly unknown[]): Promise<R[]>
  /** Inserts rows of this type by hand, and gives their ids. */
  insert(type: string, count?: number): Promise<number[]>
  follow(options?: Partial<TailOptions>): Promise<Follower>
  end(): Promise<void>
}

/** A tail with all that it gave. */
export interface Follower {
  readonly tail: Tail
  readonly rows: EventRow[]
  readonly statuses: boolean[]
  readonly ids: number[]
}

export async function createTestLog(url?: string): Promise<TestLog> {
  const database = url === undefined ? await createEmptiedDatabase() : null
  const address = url ?? database?.url ?? ''
  const db = connectDatabase(address, { max: 4 })
  const clients: pg.Client[] = []
  const tails: Tail[] = []
  const psql = async () => {
    const client = new pg.Client({ connectionString: address, types, application_name: 'psql' })
    // A test that cuts the connection sees it in the failure of its query.
    client.on('error', () => undefined)
    await client.connect()
    clients.push(client)
    return client
  }
  let own: Promise<pg.Client> | undefined
  const query = async <R extends object>(text: string, values: readonly unknown[] = []) => {
    own ??= psql()
    const { rows } = await (await own).query<R>(text, [...values])
    return rows
  }
  return {
    url: address,
    db,
    psql,
    query,
    async insert(type, count = 1) {
      const rows = await query<{ id: number }>(
        `INSERT INTO events (type, data) SELECT $1, jsonb_build_object('n', n)
         FROM generate_series(1, $2::int) AS n RETURNING id`,
        [type, count],
      )
      return rows.map((row) => row.id)
    },
    async follow(options = {}) {
      const follower = new Collected(address, options, (await readBounds(db)).head)
      tails.push(follower.tail)
      await follower.tail.start()
      return follower
    },
    async end() {
      await Promise.all(tails.map((tail) => tail.stop()))
      await Promise.all(clients.map((client) => client.end().catch(() => undefined)))
      await db.destroy()
      await database?.drop()
    },
  }
}

class Collected implements Follower {
  readonly rows: EventRow[] = []
  readonly statuses: boolean[] = []
  readonly tail: Tail

  constructor(url: string, options: Partial<TailOptions>, head: number) {
    const onRows = (rows: EventRow[]) => void this.rows.push(...rows)
    const onStatus = (available: boolean) => void this.statuses.push(available)
    this.tail = new Tail({ url, onRows, onStatus, ...options }, head)
  }

  get ids(): number[] {
    return this.rows.map((row) => row.id)
  }
}
