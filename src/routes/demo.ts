import { Hono } from 'hono'
import { Forbidden } from '../access/errors'
import { clearDemo } from '../fleet/demo-data'
import type { Env } from './env'
import { rule } from './rule'
import type { Services } from './services'

/** Takes the made-up fleet of `npm run demo` away again. */
export function demoRoutes({ db }: Services): Hono<Env> {
  const app = new Hono<Env>()
  app.post('/api/demo/clear', rule('report'), async (c) => {
    if (c.get('visitor').rights.projectIds !== null) {
      throw new Forbidden('The demo is cleared by who is not bound to projects')
    }
    return c.json({ projects: await clearDemo(db) })
  })
  return app
}
