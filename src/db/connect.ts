import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { FairSemaphoreOptions } from '../concurrency/fair-semaphore'
import { DatabaseClient } from './client'
import { fairPool } from './fair-pool'
import type { Schema } from './schema'

export type Database = Kysely<Schema>

/** PostgreSQL's bigint: every id and count of ours fits a double exactly. */
const INT8 = 20
const INT8_ARRAY = 1016
/** How long a caller waits for a connection before its query fails as unavailable. */
const CONNECT_TIMEOUT_MS = 1_000

export const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === INT8) return Number
    const parse = pg.types.getTypeParser(oid, format)
    if (oid !== INT8_ARRAY) return parse
    return (text: string) => (parse(text) as unknown as string[]).map(Number)
  }) as typeof pg.types.getTypeParser,
}

export interface ConnectOptions {
  max: number
  /** Called when an idle connection is lost; the pool replaces it by itself. */
  onIdleError?: (error: Error) => void
  connectTimeoutMs?: number
  /** Given up after this long, by the server; the client waits a little longer and hangs up. */
  statementTimeoutMs?: number
  lockTimeoutMs?: number
  /** How visitors share the connections; without it they are served in order of arrival. */
  sharing?: Omit<FairSemaphoreOptions, 'atOnce'>
}

/** A pool of connections. Nothing is opened before the first query. */
export function connectPool(url: string, options: ConnectOptions): pg.Pool {
  const pool = new pg.Pool({
    Client: DatabaseClient,
    connectionString: url,
    max: options.max,
    types,
    application_name: 'muster',
    connectionTimeoutMillis: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    ...(options.statementTimeoutMs && {
      statement_timeout: options.statementTimeoutMs,
      query_timeout: options.statementTimeoutMs + 1_000,
    }),
    ...(options.lockTimeoutMs && { lock_timeout: options.lockTimeoutMs }),
  })
  // Without a listener, losing an idle connection would end the process.
  pool.on('error', (error) => options.onIdleError?.(error))
  // The same for one that is in use: its query fails, which is how its user hears of it.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

/** The same, with kysely in front. `destroy()` closes it. */
export function connectDatabase(url: string, options: ConnectOptions): Database {
  const pool = connectPool(url, options)
  const { sharing } = options
  return new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: sharing ? fairPool(pool, sharing) : pool }),
  })
}
