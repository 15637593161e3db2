import { type Context, Hono } from 'hono'
import { ConnectionsPage, connectionsUrl } from '../../../views/settings/connections'
import { listConnected } from '../../access/connected'
import { requires } from '../../http/access-policy'
import type { Env } from '../../http/env'
import { queryOf } from '../../http/event-query'
import { readForm } from '../../http/form'
import type { Services } from '../../http/services'
import { connectionId, connectionsAsked, endConnection } from '../connections'
import { settingsFrame, settingsPage } from './settings-page'

const HERE = '/settings/connections'

/** The page of the open streams of every process on this database; administrators end them there. */
export function connectionSettingsRoutes(services: Services): Hono<Env> {
  const app = new Hono<Env>()
  app.get(HERE, requires('admin'), (c) => list(c, services))
  app.post(`${HERE}/:id/end`, requires('admin'), (c) => end(c, services))
  return app
}

async function list(c: Context<Env>, services: Services): Promise<Response> {
  const asked = connectionsAsked(queryOf(c.env.incoming))
  await services.presence.sync()
  const model = { ...asked, ...(await listConnected(services.db, asked)) }
  return settingsPage(c, <ConnectionsPage {...settingsFrame(c, services)} model={model} />)
}

/** One that has gone meanwhile is what was wanted. */
async function end(c: Context<Env>, services: Services): Promise<Response> {
  const id = connectionId(c)
  const fields = await readForm(c.env.incoming)
  await endConnection(services, id, c.get('visitor').actor)
  return c.redirect(connectionsUrl(fields.get('visitor'), null), 303)
}
