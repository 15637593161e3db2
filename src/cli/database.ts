import { readConfigFile } from '../config/file'
import { type Config, loadConfig } from '../config/load'
import { connectDatabase, type Database } from '../db/connect'
import { findRunning } from '../db/embedded/running'
import { startEmbeddedPostgres } from '../db/embedded/start'
import { migrate } from '../db/migrate'
import { waitForDatabase } from '../db/wait-for-database'
import type { CliContext } from './context'
import { stoppable } from './progress'

/**
 * Does some work on the database that `npm start` would use here, whether a Muster runs on it or not,
 * and brings it up to date first.
 */
export async function withDatabase<T>(
  { env }: Pick<CliContext, 'env'>,
  work: (db: Database, config: Config) => Promise<T>,
): Promise<T> {
  const config = loadConfig(env, readConfigFile(env))
  return stoppable(async (signal) => {
    const { url, stop } = await findDatabase(config, signal)
    try {
      await migrate(url)
      const db = connectDatabase(url, { max: 2 })
      try {
        return await work(db, config)
      } finally {
        await db.destroy()
      }
    } finally {
      await stop()
    }
  })
}

async function findDatabase(config: Config, signal: AbortSignal) {
  const running = config.databaseUrl ?? (await findRunning(config.dataDir))
  if (running) {
    await waitForDatabase(running, { tell: console.error, signal })
    return { url: running, stop: async () => {} }
  }
  const server = await startEmbeddedPostgres({
    dataDir: config.dataDir,
    log: console.error,
    signal,
  })
  return { url: server.url, stop: () => server.stop() }
}
