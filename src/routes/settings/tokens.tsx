import { type Context, Hono } from 'hono'
import { LIFETIMES, type TokensModel, TokensPage } from '../../../views/settings/tokens'
import { RIGHTS } from '../../access/rights'
import type { NewToken } from '../../access/tokens'
import { BadInput, NotFound } from '../../errors/app-error'
import { requires } from '../../http/access-policy'
import type { Env } from '../../http/env'
import { readForm } from '../../http/form'
import type { Services } from '../../http/services'
import { parseUuid } from '../../log/uuid'
import {
  faultOf,
  MAX_SETTINGS_FORM_BYTES,
  parseReach,
  projectChoices,
  settingsFrame,
  settingsPage,
} from './settings-page'

const HERE = '/settings/tokens'
const DAY_SECONDS = 86_400
const NEW_FORM = { name: '', rights: ['report'], projectIds: null, expires: '90' }

/** Tokens for machines, created and revoked by administrators. */
export function tokenSettingsRoutes(services: Services): Hono<Env> {
  const app = new Hono<Env>()
  app.get(HERE, requires('admin'), async (c) => settingsPage(c, await page(c, services)))
  app.post(HERE, requires('admin'), (c) => create(c, services))
  app.post(`${HERE}/:id/revoke`, requires('admin'), (c) => revoke(c, services))
  return app
}

async function page(c: Context<Env>, services: Services, more: Partial<TokensModel> = {}) {
  const tokens = await services.access.tokens.list()
  const chosen = [...tokens.map(({ rights }) => rights.projectIds), more.form?.projectIds ?? null]
  const model: TokensModel = {
    tokens,
    projects: projectChoices(services, chosen),
    form: NEW_FORM,
    fault: null,
    made: null,
    ...more,
  }
  return <TokensPage {...settingsFrame(c, services)} model={model} />
}

/**
 * The answer itself shows the token: a redirect would have to store it. A reload is answered that the
 * name is taken.
 */
async function create(c: Context<Env>, services: Services): Promise<Response> {
  const fields = await readForm(c.env.incoming, MAX_SETTINGS_FORM_BYTES)
  try {
    const wanted = parseToken(fields, services)
    const { text } = await services.access.tokens.create(wanted, c.get('visitor').actor)
    const made = { name: wanted.name.trim(), text }
    return settingsPage(c, await page(c, services, { made }), 201)
  } catch (error) {
    const fault = faultOf(error)
    const form = {
      name: fields.get('name') ?? '',
      rights: fields.getAll('rights'),
      projectIds: fields.get('reach') === 'some' ? fields.getAll('project').map(Number) : null,
      expires: fields.get('expires') ?? '',
    }
    return settingsPage(c, await page(c, services, { form, fault }), 400)
  }
}

function parseToken(fields: URLSearchParams, services: Services): NewToken {
  const rights = fields.getAll('rights')
  const days = fields.get('expires') ?? ''
  if (!LIFETIMES.some(({ value }) => value === days)) {
    throw new BadInput('expires', 'Choose how long it is good for')
  }
  return {
    name: fields.get('name') ?? '',
    may: RIGHTS.filter((right) => rights.includes(right)),
    projectIds: parseReach(fields, services),
    expiresInSeconds: days === '' ? null : Number(days) * DAY_SECONDS,
  }
}

async function revoke(c: Context<Env>, { access }: Services): Promise<Response> {
  const id = parseUuid(c.req.param('id') ?? '')
  const name = id === null ? null : await access.tokens.revoke(id, c.get('visitor').actor)
  if (name === null) throw new NotFound('There is no such token, or it was revoked before')
  return c.redirect(HERE, 303)
}
