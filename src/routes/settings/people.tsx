import { type Context, Hono } from 'hono'
import { type PeopleModel, PeoplePage } from '../../../views/settings/people'
import { PersonPage } from '../../../views/settings/person'
import type { NewPerson } from '../../access/people'
import { type Person, parseRole } from '../../access/person'
import { NotFound } from '../../errors/app-error'
import { requires } from '../../http/access-policy'
import type { Env } from '../../http/env'
import { readForm } from '../../http/form'
import type { Services } from '../../http/services'
import {
  faultOf,
  MAX_SETTINGS_FORM_BYTES,
  parseReach,
  projectChoices,
  settingsFrame,
  settingsPage,
} from './settings-page'

const HERE = '/settings/people'
const NEW_FORM = { email: '', name: '', role: 'member', projectIds: null }

/** Accounts, created and changed by administrators. */
export function peopleSettingsRoutes(services: Services): Hono<Env> {
  const app = new Hono<Env>()
  app.get(HERE, requires('admin'), async (c) => settingsPage(c, await list(c, services)))
  app.post(HERE, requires('admin'), (c) => create(c, services))
  app.get(`${HERE}/:user`, requires('admin'), async (c) => {
    const person = await personOf(c, services)
    return settingsPage(c, one(c, services, { person, fault: null }))
  })
  app.post(`${HERE}/:user`, requires('admin'), (c) => change(c, services))
  app.post(`${HERE}/:user/password`, requires('admin'), (c) => resetPassword(c, services))
  app.post(`${HERE}/:user/delete`, requires('admin'), (c) => remove(c, services))
  return app
}

async function list(c: Context<Env>, services: Services, more: Partial<PeopleModel> = {}) {
  const people = await services.access.people.list()
  const chosen = [...people.map(({ projectIds }) => projectIds), more.form?.projectIds ?? null]
  const model: PeopleModel = {
    people,
    projects: projectChoices(services, chosen),
    form: NEW_FORM,
    fault: null,
    given: null,
    ...more,
  }
  return <PeoplePage {...settingsFrame(c, services)} model={model} />
}

type OneModel = Pick<Parameters<typeof PersonPage>[0]['model'], 'person' | 'fault'>

function one(c: Context<Env>, services: Services, model: OneModel) {
  const projects = projectChoices(services, [model.person.projectIds])
  return <PersonPage {...settingsFrame(c, services)} model={{ ...model, projects }} />
}

async function create(c: Context<Env>, services: Services): Promise<Response> {
  const { access } = services
  const fields = await readForm(c.env.incoming, MAX_SETTINGS_FORM_BYTES)
  const isFirst = !(await access.people.exist())
  try {
    const wanted = parsePerson(fields, isFirst, services)
    const { id, oneTime } = await access.people.create(wanted, c.get('visitor').actor)
    if (oneTime === null) return await enter(c, services, { id, name: wanted.email })
    const person = await access.people.find(id)
    const given = { name: person?.name ?? wanted.email, password: oneTime }
    return settingsPage(c, await list(c, services, { given }), 201)
  } catch (error) {
    const fault = faultOf(error)
    const form = {
      email: fields.get('email') ?? '',
      name: fields.get('name') ?? '',
      role: fields.get('role') ?? 'member',
      projectIds: fields.get('reach') === 'some' ? fields.getAll('project').map(Number) : null,
    }
    return settingsPage(c, await list(c, services, { form, fault }), 400)
  }
}

/** The first account is that of who makes it, and is an administrator's. */
function parsePerson(fields: URLSearchParams, isFirst: boolean, services: Services): NewPerson {
  const identity = { email: fields.get('email') ?? '', name: fields.get('name') ?? '' }
  if (isFirst) {
    const password = fields.get('password') ?? ''
    return { ...identity, role: 'admin', projectIds: null, password }
  }
  const role = parseRole(fields.get('role') ?? '')
  return { ...identity, role, projectIds: parseReach(fields, services), password: null }
}

/** Logs in the creator of the first account: from now on every visitor needs one. */
async function enter(
  c: Context<Env>,
  { access }: Services,
  user: { id: string; name: string },
): Promise<Response> {
  const { incoming } = c.env
  // No answer before access is closed: the log says so a moment later only.
  await access.watch.check()
  const value = await access.sessions.open(user, access.peerOf(incoming).network)
  c.header('Set-Cookie', access.cookieFor(value, incoming))
  c.header('Cache-Control', 'no-store')
  return c.redirect(HERE, 303)
}

async function change(c: Context<Env>, services: Services): Promise<Response> {
  const person = await personOf(c, services)
  const fields = await readForm(c.env.incoming, MAX_SETTINGS_FORM_BYTES)
  try {
    const reach = {
      role: parseRole(fields.get('role') ?? ''),
      projectIds: parseReach(fields, services),
      isDisabled: fields.get('disabled') === 'yes',
    }
    await services.access.people.change(person.id, reach, c.get('visitor').actor)
    return c.redirect(HERE, 303)
  } catch (error) {
    return settingsPage(c, one(c, services, { person, fault: faultOf(error) }), 400)
  }
}

async function resetPassword(c: Context<Env>, services: Services): Promise<Response> {
  const person = await personOf(c, services)
  const password = await services.access.people.resetPassword(person.id, c.get('visitor').actor)
  if (password === null) throw nobody()
  const given = { name: person.name, password }
  return settingsPage(c, await list(c, services, { given }))
}

async function remove(c: Context<Env>, services: Services): Promise<Response> {
  const person = await personOf(c, services)
  try {
    await services.access.people.remove(person.id, c.get('visitor').actor)
    return c.redirect(HERE, 303)
  } catch (error) {
    return settingsPage(c, one(c, services, { person, fault: faultOf(error) }), 400)
  }
}

async function personOf(c: Context<Env>, { access }: Services): Promise<Person> {
  const id = c.req.param('user') ?? ''
  const person = /^[\w-]{1,64}$/.test(id) ? await access.people.find(id) : null
  if (!person) throw nobody()
  return person
}

function nobody(): NotFound {
  return new NotFound('There is no such account')
}
