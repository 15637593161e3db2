import { Hono } from 'hono'
import { clearDemo } from '../fleet/demo-data'
import type { Env } from './env'
import { rule } from './rule'
import type { Services } from './services'

/** Takes the made-up fleet of `npm run demo` away again. */
export function demoRoutes({ db }: Services): Hono<Env> {
  const app = new Hono<Env>()
  app.post('/api/demo/clear', rule('admin'), async (c) =>
    c.json({ projects: await clearDemo(db, c.get('visitor').actor) }),
  )
  return app
}
