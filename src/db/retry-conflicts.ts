import type { Kysely } from 'kysely'
import type { Database } from './connect'
import { databaseFault } from './errors'
import type { Schema } from './schema'

const MAX_ATTEMPTS = 5

/**
 * Runs a transaction, and once more when another one was in its way, up to five times. `work` must
 * do nothing that a rollback does not undo.
 */
export async function retryConflicts<T>(
  db: Database,
  work: (trx: Kysely<Schema>) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().execute(work)
    } catch (error) {
      if (databaseFault(error) !== 'conflict' || attempt === MAX_ATTEMPTS) throw error
    }
  }
}
