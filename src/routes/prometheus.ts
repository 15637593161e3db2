import { Hono } from 'hono'
import { Forbidden } from '../errors/app-error'
import { requires } from '../http/access-policy'
import type { Env } from '../http/env'
import type { Services } from '../http/services'

/** How this process does, in Prometheus' text format. */
export function prometheusRoutes({ telemetry }: Pick<Services, 'telemetry'>): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/metrics', requires('read'), async (c) => {
    if (c.get('visitor').rights.projectIds !== null) {
      throw new Forbidden('These figures are of all projects, and you are bound to some')
    }
    return c.body(await telemetry.text(), 200, {
      'Content-Type': telemetry.contentType,
      'Cache-Control': 'no-store',
    })
  })
  return app
}
