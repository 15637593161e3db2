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
        status: tail.isAvailable ? 'ok' : 'degraded',
        version,
        uptime_seconds: Math.floor((Date.now() - startedAt) / 1000),
        database: tail.isAvailable ? 'ok' : 'away',
        sse: {
          status: 'ok',
          active_connections: active,
          max_connections: connections.limits.maxPerFamily,
          by_family: byFamily,
          running: true,
        },
        tail: { head: tail.head, ...tail.counters },
      },
      200,
      { 'Cache-Control': 'no-store' },
    )
  })
  return app
}
