import pg from 'pg'
import { inject } from 'vitest'
import { loadConfig } from '../../src/config/load'
import { type Muster, startMuster } from '../../src/muster'
import type { StartOptions } from '../../src/start'
import { createTestDatabase } from './database'
import { createEmptiedDatabase } from './emptied-database'

export interface TestMuster extends Muster {
  readonly databaseUrl: string
  /** Posts reports of a program, and returns the receipt. */
  report(...reports: object[]): Promise<{ accepted: number; duplicates: number; last_id: number }>
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** What somebody with psql does. */
  sql(statement: string, values?: unknown[]): Promise<pg.QueryResult>
}

/** A whole Muster on a database of its own; `stop` drops that as well. */
export async function startTestMuster(env: Record<string, string> = {}): Promise<TestMuster> {
  const database = await createEmptiedDatabase()
  const muster = await startMusterOn(database.url, env)
  return {
    ...muster,
    stop: async () => {
      await muster.stop()
      await database.drop()
    },
  }
}

let shared: Promise<TestMuster> | null = null

/**
 * The Muster that all files of this process share, one after the other: for tests that read, and that
 * report in projects of their own. It ends with the process, and its database with the cluster.
 */
export async function sharedMuster(): Promise<TestMuster> {
  shared ??= createTestDatabase().then(({ url }) => startMusterOn(url))
  return { ...(await shared), stop: async () => undefined }
}

export async function startMusterOn(
  databaseUrl: string,
  env: Record<string, string> = {},
  options: StartOptions = {},
): Promise<TestMuster> {
  const muster = await startMuster(
    loadConfig({ PORT: '0', DATABASE_URL: databaseUrl, LOG_LEVEL: 'silent', ...env }),
    { decodeWorker: inject('decodeWorker'), ...options },
  )
  const pool = new pg.Pool({ connectionString: databaseUrl, application_name: 'psql' })
  // A test that ends connections ends these too; the next statement opens another.
  pool.on('error', () => undefined)
  const token = env.MUSTER_TOKEN
  const fetchFrom = (path: string, init?: RequestInit) =>
    fetch(`${muster.address}${path}`, fromPage(muster.address, path, init))
  return {
    ...muster,
    databaseUrl,
    fetch: fetchFrom,
    async report(...reports) {
      const response = await fetchFrom('/api/events', {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          ...(token && { Authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify(reports),
      })
      if (response.status !== 201) throw new Error(`${response.status}: ${await response.text()}`)
      return (await response.json()) as Awaited<ReturnType<TestMuster['report']>>
    },
    sql: (statement, values) => pool.query(statement, values),
    stop: async () => {
      await muster.stop()
      if (!pool.ended) await pool.end()
    },
  }
}

/** Browsers say with each form of a page where it comes from. */
function fromPage(origin: string, path: string, init?: RequestInit): RequestInit | undefined {
  if (init?.method !== 'POST' || /^\/(api|hooks|v1)\//.test(path)) return init
  const headers = new Headers(init.headers)
  if (!headers.has('Origin')) headers.set('Origin', origin)
  return { ...init, headers }
}
