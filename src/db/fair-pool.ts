import type { PostgresPool } from 'kysely'
import type pg from 'pg'
import { FairTurns, type FairTurnsOptions } from './fair-turns'
import { currentReader } from './reader'

/**
 * A pool whose connections are shared out among visitors. Who waits for one waits here, and never
 * inside the pool: there a timeout means that the database cannot be reached. Throws Busy.
 */
export function fairPool(pool: pg.Pool, limits: Omit<FairTurnsOptions, 'atOnce'>): PostgresPool {
  const turns = new FairTurns({ ...limits, atOnce: pool.options.max ?? 1 })
  return {
    async connect() {
      const end = await turns.begin(currentReader())
      try {
        const client = await pool.connect()
        const release = client.release.bind(client)
        return Object.assign(client, {
          release: () => {
            release()
            end()
          },
        })
      } catch (error) {
        end()
        throw error
      }
    },
    end: () => pool.end(),
  }
}
