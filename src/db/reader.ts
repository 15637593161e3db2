import { AsyncLocalStorage } from 'node:async_hooks'

const readers = new AsyncLocalStorage<string | null>()

/** For whom the database is being read at this point; null: for Muster itself. */
export function currentReader(): string | null {
  return readers.getStore() ?? null
}

/** Whatever the work reads counts as the visitor's, or with null as what Muster itself needs. */
export function runAsReader<T>(visitor: string | null, work: () => T): T {
  return readers.run(visitor, work)
}
