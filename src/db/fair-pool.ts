import type { PostgresPool } from 'kysely'
import type pg from 'pg'
import { FairSemaphore, type FairSemaphoreOptions } from '../concurrency/fair-semaphore'
import { currentReader } from './reader'

/**
 * A pool whose connections are shared out among visitors. A request that waits for one waits here, and never
 * inside the pool: there a timeout means that the database cannot be reached. Throws Busy.
 */
export function fairPool(
  pool: pg.Pool,
  limits: Omit<FairSemaphoreOptions, 'atOnce'>,
): PostgresPool {
  const permits = new FairSemaphore({ ...limits, atOnce: pool.options.max ?? 1 })
  return {
    async connect() {
      const giveBack = await permits.acquire(currentReader())
      try {
        const client = await pool.connect()
        const release = client.release.bind(client)
        return Object.assign(client, {
          release: () => {
            release()
            giveBack()
          },
        })
      } catch (error) {
        giveBack()
        throw error
      }
    },
    end: () => pool.end(),
  }
}
