import { Hono } from 'hono'
import { clearDemo } from '../fleet/demo-data'
import { requires } from '../http/access-policy'
import type { Env } from '../http/env'
import type { Services } from '../http/services'

/** Removes the demo fleet of `npm run demo` away again. */
export function demoRoutes({ db }: Services): Hono<Env> {
  const app = new Hono<Env>()
  app.post('/api/demo/clear', requires('admin'), async (c) =>
    c.json({ projects: await clearDemo(db, c.get('visitor').actor) }),
  )
  return app
}
