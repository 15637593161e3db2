import { setTimeout as delay } from 'node:timers/promises'
import { type Context, Hono } from 'hono'
import { sql } from 'kysely'
import type { Trouble } from '../db/trouble'
import { TooManyRequests } from '../errors/app-error'
import { requires } from '../http/access-policy'
import type { Env } from '../http/env'
import type { Services } from '../http/services'
import { FAMILIES } from '../stream/connections'

/** How long the health waits for what the database says. */
const PATIENCE_MS = 200

interface SearchState {
  /** The row up to which the search is indexed. */
  readonly indexed_through: number
  /** There are none after it. */
  readonly complete: boolean
}

/**
 * Whether Muster can serve, and how it is. 200 as long as it answers; "degraded" without a database.
 * A visitor that may not read everything learns no more than that.
 */
export function healthRoutes(services: Services): Hono<Env> {
  const { tail, connections, troubleWatch, version } = services
  const readSearch = searchReader(services)
  const app = new Hono<Env>()
  app.get('/health', requires('public'), async (c) => {
    const takesReports = tail.isAvailable && troubleWatch.trouble === null
    const status = statusOf(takesReports, connections.isClosing)
    const more = (await mayKnowMore(c, services))
      ? { ...details(services), search: await readSearch() }
      : {}
    return c.json({ status, version, ...more }, connections.isClosing ? 503 : 200, {
      'Cache-Control': 'no-store',
    })
  })
  return app
}

async function mayKnowMore({ env }: Context<Env>, { access }: Services): Promise<boolean> {
  try {
    const { rights } = await access.admit('read', env.incoming)
    return rights.projectIds === null
  } catch (error) {
    if (error instanceof TooManyRequests) throw error
    // An unknown visitor, or no database to look in: health is answered all the same.
    return false
  }
}

/** Reads how far the search has come; for all who ask meanwhile, once. */
function searchReader({ db, tail, log }: Services): () => Promise<SearchState | null> {
  let reading: Promise<SearchState | null> | null = null
  const read = () =>
    sql<SearchState>`
      SELECT indexed_through,
        indexed_through >= coalesce((SELECT max(id) FROM events), 0) AS complete
      FROM event_search_position`
      .execute(db)
      .then(({ rows: [state = null] }) => state)
      .catch((err: unknown) => {
        log.warn({ err }, 'health could not ask how far the search has come')
        return null
      })
      .finally(() => {
        reading = null
      })
  return () => {
    if (!tail.isAvailable) return Promise.resolve(null)
    reading ??= read()
    // A connected database that does not answer must not hold back the answer.
    return Promise.race([reading, delay(PATIENCE_MS, null, { ref: false })])
  }
}

function details({ tail, connections, troubleWatch, startedAt }: Services) {
  const byFamily = Object.fromEntries(FAMILIES.map((name) => [name, connections.count(name)]))
  const evicted = Object.fromEntries(FAMILIES.map((name) => [name, connections.evicted(name)]))
  const active = Object.values(byFamily).reduce((sum, count) => sum + count, 0)
  return {
    uptime_seconds: Math.floor((Date.now() - startedAt) / 1000),
    ...databaseDetails(tail.isAvailable, troubleWatch.trouble),
    sse: {
      status: connections.isClosing ? 'stopping' : 'ok',
      active_connections: active,
      max_connections: connections.limits.maxPerFamily,
      by_family: byFamily,
      evicted_by_family: evicted,
      running: !connections.isClosing,
    },
    tail: {
      head: tail.head,
      rows: tail.counters.rows,
      gaps: tail.counters.gaps,
      notices: tail.counters.notices,
      safety_reads: tail.counters.safetyReads,
      found_by_safety_read: tail.counters.foundBySafetyRead,
      reconnects: tail.counters.reconnects,
    },
  }
}

function databaseDetails(isAvailable: boolean, trouble: Trouble | null) {
  if (!trouble) return { database: isAvailable ? 'ok' : 'away' }
  const { kind, message } = trouble
  return {
    database: kind,
    database_message: message,
    ...(kind === 'locked' && { database_locks: trouble.holders }),
  }
}

function statusOf(isAvailable: boolean, isStopping: boolean): string {
  if (isStopping) return 'stopping'
  return isAvailable ? 'ok' : 'degraded'
}
