import { type Context, Hono } from 'hono'
import type { FormFault } from '../../../views/components/form-field'
import { AccountPage } from '../../../views/settings/account'
import type { Person } from '../../access/person'
import { NotFound } from '../../errors/app-error'
import { requires } from '../../http/access-policy'
import type { Env } from '../../http/env'
import { queryOf } from '../../http/event-query'
import { readForm } from '../../http/form'
import type { Services } from '../../http/services'
import { faultOf, settingsFrame, settingsPage } from './settings-page'

const HERE = '/settings/account'

/** What everybody settles for themselves. */
export function accountSettingsRoutes(services: Services): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/settings', requires('read'), (c) => {
    const isAdmin = c.get('visitor').rights.may.includes('admin')
    return c.redirect(isAdmin ? '/settings/people' : HERE, 303)
  })
  app.get(HERE, requires('read'), async (c) => settingsPage(c, await page(c, services)))
  app.post(`${HERE}/password`, requires('form'), (c) => changePassword(c, services))
  return app
}

async function page(c: Context<Env>, services: Services, fault: FormFault | null = null) {
  const model = {
    person: (await ownPerson(c, services))?.person ?? null,
    fault,
    isChanged: queryOf(c.env.incoming).has('changed'),
    isLoggedIn: c.get('visitor').kind === 'person',
  }
  return <AccountPage {...settingsFrame(c, services)} model={model} />
}

async function changePassword(c: Context<Env>, services: Services): Promise<Response> {
  const own = await ownPerson(c, services)
  if (!own) throw new NotFound('You have no account with a password')
  const { access } = services
  const fields = await readForm(c.env.incoming)
  const given = {
    current: fields.get('current_password') ?? '',
    password: fields.get('new_password') ?? '',
  }
  const { network } = access.peerOf(c.env.incoming)
  try {
    const from = { network, keptToken: own.sessionId }
    const device = await access.logins.changePassword(own.person, given, from)
    if (device) c.header('Set-Cookie', access.deviceCookieFor(device, c.env.incoming))
    return c.redirect(`${HERE}?changed`, 303)
  } catch (error) {
    return settingsPage(c, await page(c, services, faultOf(error)), 400)
  }
}

/** The visitor's account; null for the person at the machine, programs and the MUSTER_TOKEN. */
async function ownPerson(
  c: Context<Env>,
  { access }: Services,
): Promise<{ person: Person; sessionId: string } | null> {
  const visitor = c.get('visitor')
  if (visitor.kind !== 'person' || visitor.session.userId === null) return null
  const person = await access.people.find(visitor.session.userId)
  return person && { person, sessionId: visitor.session.id }
}
