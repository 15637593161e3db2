import pg from 'pg'
import { connectDatabase, type Database, types } from '../../src/db/connect'
import { Recorder } from '../../src/fleet/recorder'
import { createEmptiedDatabase } from './emptied-database'

export interface TestFleet {
  readonly url: string
  readonly db: Database
  readonly recorder: Recorder
  /** A recorder with a pool of its own, as another process or a later start has it. */
  another(options?: PoolOptions): Recorder
  psql(): Promise<pg.Client>
  query<R extends object>(text: string, values?: readonly unknown[]): Promise<R[]>
  end(): Promise<void>
}

interface PoolOptions {
  lockTimeoutMs?: number
  url?: string
}

/** A database of its own with a recorder, and whatever else a test connects; `end` closes it all. */
export async function createTestFleet(): Promise<TestFleet> {
  const database = await createEmptiedDatabase()
  const pools: Database[] = []
  const clients: pg.Client[] = []
  const connect = ({ lockTimeoutMs = 10_000, url = database.url }: PoolOptions = {}) => {
    const db = connectDatabase(url, { max: 2, statementTimeoutMs: 15_000, lockTimeoutMs })
    pools.push(db)
    return db
  }
  const psql = async () => {
    const client = new pg.Client({ connectionString: database.url, types })
    client.on('error', () => undefined)
    await client.connect()
    clients.push(client)
    return client
  }
  let own: Promise<pg.Client> | undefined
  const db = connect()
  return {
    url: database.url,
    db,
    recorder: new Recorder(db),
    another: (options) => new Recorder(connect(options)),
    psql,
    async query<R extends object>(text: string, values: readonly unknown[] = []) {
      own ??= psql()
      return (await (await own).query<R>(text, [...values])).rows
    },
    async end() {
      await Promise.all(clients.map((client) => client.end().catch(() => undefined)))
      await Promise.all(pools.map((pool) => pool.destroy()))
      await database.drop()
    },
  }
}
