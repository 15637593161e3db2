import { Hono } from 'hono'
import { FAMILIES } from '../stream/connections'
import type { Env } from './env'
import type { Services } from './services'

/** Whether Muster can serve, and how it is. 200 as long as it answers; "degraded" without a database. */
export function healthRoutes({ tail, connections, version, startedAt }: Services): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/health', (c) => {
    const byFamily = Object.fromEntries(FAMILIES.map((name) => [name, connections.count(name)]))
    const active = Object.values(byFamily).reduce((sum, count) => sum + count, 0)
    return c.json(
      {
        status: statusOf(tail.isAvailable, connections.isClosing),
        version,
        uptime_seconds: Math.floor((Date.now() - startedAt) / 1000),
        database: tail.isAvailable ? 'ok' : 'away',
        sse: {
          status: connections.isClosing ? 'stopping' : 'ok',
          active_connections: active,
          max_connections: connections.limits.maxPerFamily,
          by_family: byFamily,
          running: !connections.isClosing,
        },
        tail: { head: tail.head, ...tail.counters },
      },
      connections.isClosing ? 503 : 200,
      { 'Cache-Control': 'no-store' },
    )
  })
  return app
}

function statusOf(isAvailable: boolean, isStopping: boolean): string {
  if (isStopping) return 'stopping'
  return isAvailable ? 'ok' : 'degraded'
}
