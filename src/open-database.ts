import { connectDatabase, type Database } from './db/connect'
import { startEmbeddedPostgres } from './db/embedded/start'
import { migrate } from './db/migrate'
import { waitForDatabase } from './db/wait-for-database'
import type { Start } from './start'

const POOL_SIZE = 8
/** Two are left for others, whatever one visitor reads. */
const SHARING = { atOncePerKey: POOL_SIZE - 2, maxWaiting: 2_000, patienceMs: 5_000 }
/** Reports have one of them at a time, and the clock another. */
const WRITING_POOL_SIZE = 4
/** Pages that are slow take no connection from other readers. */
const PAGES_POOL_SIZE = 8
const PAGE_TIMEOUT_MS = 5_000
/** Of a page that waits for others to be read. */
const PAGE_CONNECT_MS = 6_000
/** A statement that takes longer than this is given up, here and in the database. */
const STATEMENT_TIMEOUT_MS = 10_000
const LOCK_TIMEOUT_MS = 4_000
const DATABASE_STOP_MS = 4_500

export interface OpenDatabase {
  readonly url: string
  /** Where its files are; null: not known. */
  readonly folder: string | null
  /** For reads. */
  readonly db: Database
  /** For transactions of ours: they must not hold the log for long. */
  readonly writing: Database
  /** For pages: a statement that takes longer than 5 s is given up. */
  readonly forPages: Database
  readonly notes: readonly string[]
  setAddress(address: string): Promise<void>
}

/** PostgreSQL, wherever it is, up to date with the migrations. */
export async function openDatabase(start: Start): Promise<OpenDatabase> {
  const { config, log, shutdown } = start
  const { url, folder, notes, setAddress } = config.databaseUrl
    ? await findPostgres(config.databaseUrl, start)
    : await startOwnPostgres(start)
  await migrate(url)
  let isClosing = false
  // PostgreSQL, which is stopped next, cuts what a pool has not closed in time: that is no loss.
  const onIdleError = (err: Error) => {
    if (!isClosing) log.warn({ err }, 'a database connection was lost')
  }
  const close = (pool: Database) => () => {
    isClosing = true
    return pool.destroy()
  }
  const db = connectDatabase(url, { max: POOL_SIZE, sharing: SHARING, onIdleError })
  shutdown.add('the reading connections', close(db))
  const writing = connectDatabase(url, {
    max: WRITING_POOL_SIZE,
    onIdleError,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    lockTimeoutMs: LOCK_TIMEOUT_MS,
  })
  shutdown.add('the writing connections', close(writing))
  const forPages = connectDatabase(url, {
    max: PAGES_POOL_SIZE,
    onIdleError,
    statementTimeoutMs: PAGE_TIMEOUT_MS,
    connectTimeoutMs: PAGE_CONNECT_MS,
  })
  shutdown.add('the connections of the pages', close(forPages))
  return { url, folder, db, writing, forPages, notes, setAddress }
}

async function findPostgres(url: string, { tell = () => {}, signal }: Start) {
  await waitForDatabase(url, { tell, ...(signal && { signal }) })
  return { url, folder: null, notes: [], setAddress: async () => {} }
}

async function startOwnPostgres({ config, log, shutdown, signal }: Start) {
  const server = await startEmbeddedPostgres({
    dataDir: config.dataDir,
    log: (message) => log.info(message),
    ...(signal && { signal }),
  })
  shutdown.add('PostgreSQL', () => server.stop(), DATABASE_STOP_MS)
  return server
}
