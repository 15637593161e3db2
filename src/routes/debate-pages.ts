import { Hono } from 'hono'
import { NotFound } from '../errors/app-error'
import { requires } from '../http/access-policy'
import type { Env } from '../http/env'
import type { Services } from '../http/services'
import { parseUuid } from '../log/uuid'
import { debatesTopic, debateTopic } from '../pages/topic'
import { livePage } from './pages'

/** The pages of debates: the list of them, and each. */
export function debatePageRoutes(services: Services): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/debates', requires('read'), (c) => livePage(c, services, debatesTopic()))
  app.get('/debates/:debateId', requires('read'), (c) => {
    const text = c.req.param('debateId')
    const id = parseUuid(text)
    if (id === null) throw new NotFound(`There is no debate “${text.slice(0, 100)}”`)
    return livePage(c, services, debateTopic(id))
  })
  return app
}
