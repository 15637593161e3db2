import { Hono } from 'hono'
import { NotFound } from '../errors/app-error'
import { parseId } from '../filter/values'
import { markAgentSeen } from '../fleet/mark-seen'
import { requires } from '../http/access-policy'
import type { Env } from '../http/env'
import type { Services } from '../http/services'

/** Marks an agent's finished turn as seen, for every viewer. */
export function seenRoutes({ db }: Services): Hono<Env> {
  const app = new Hono<Env>()
  app.post('/agents/:id/seen', requires('act'), async (c) => {
    const id = parseId(c.req.param('id'))
    const { projectIds } = c.get('visitor').rights
    if (id === null || !(await markAgentSeen(db, id, projectIds))) {
      throw new NotFound(`There is no agent “${c.req.param('id').slice(0, 100)}”`)
    }
    // The page follows by its stream; without JavaScript the browser goes back to a page.
    return c.req.header('hx-request') === 'true'
      ? c.body(null, 204)
      : c.redirect(`/agents/${id}`, 303)
  })
  return app
}
