import { type Context, Hono } from 'hono'
import {
  listUrl,
  type SessionFault,
  type SessionListFilter,
  SessionsPage,
} from '../../../views/settings/sessions'
import { type SilentModel, SilentPage } from '../../../views/settings/silent-sessions'
import { BadInput } from '../../errors/app-error'
import { parseFilter } from '../../filter/parse'
import { findProject } from '../../fleet/project-list'
import { SessionAdmin } from '../../fleet/session-admin'
import { isPlace, listSessions } from '../../fleet/session-list'
import {
  changeSilent,
  countSilent,
  MAX_SILENT_DAYS,
  type SilentAction,
} from '../../fleet/silent-sessions'
import { requires } from '../../http/access-policy'
import type { Env } from '../../http/env'
import { readForm } from '../../http/form'
import type { Services } from '../../http/services'
import { requireFound, sessionTarget } from '../sessions'
import { faultOf, settingsFrame, settingsPage } from './settings-page'

const HERE = '/settings/sessions'
type Change = (id: number, actor: string, fields: URLSearchParams) => Promise<boolean>

/** Sessions are put away, brought back and removed, one by one and by age. */
export function sessionSettingsRoutes(services: Services): Hono<Env> {
  const app = new Hono<Env>()
  app.get(HERE, requires('admin'), (c) => list(c, services))
  app.get(`${HERE}/silent`, requires('admin'), (c) => askSilent(c, services))
  app.post(`${HERE}/silent`, requires('admin'), (c) => submitSilent(c, services))
  for (const [name, change] of Object.entries(changes(services))) {
    app.post(`${HERE}/:id/${name}`, requires('admin'), (c) => submit(c, services, change))
  }
  return app
}

function changes({ writing }: Services): Record<string, Change> {
  const admin = new SessionAdmin(writing)
  return {
    archive: (id, actor) => admin.archive(id, actor),
    restore: (id, actor) => admin.restore(id, actor),
    remove: async (id, actor, fields) => {
      requireNumber(id, fields.get('confirm') ?? '')
      return admin.remove(id, actor)
    },
  }
}

async function list(c: Context<Env>, services: Services): Promise<Response> {
  const query = new URL(c.req.url).searchParams
  const filter = await parseListFilter(query, services)
  const after = query.get('after')
  if (after !== null && !isPlace(after)) throw new BadInput('after', 'That is no place in the list')
  return settingsPage(c, await page(c, services, { filter, after, fault: null }))
}

/** The change comes back to where the form was. */
async function submit(c: Context<Env>, services: Services, change: Change): Promise<Response> {
  const { id, actor } = sessionTarget(c)
  const fields = await readForm(c.env.incoming)
  const from = new URLSearchParams(fields.get('from') ?? '')
  const place = from.get('after')
  const after = place !== null && isPlace(place) ? place : null
  const filter = await parseListFilter(from, services)
  try {
    requireFound(await change(id, actor, fields), c)
    return c.redirect(listUrl(filter, null), 303)
  } catch (error) {
    const fault = { id, ...faultOf(error) }
    return settingsPage(c, await page(c, services, { filter, after, fault }), 400)
  }
}

interface Shown {
  readonly filter: SessionListFilter
  readonly after: string | null
  readonly fault: SessionFault | null
}

async function page(c: Context<Env>, services: Services, { filter, after, fault }: Shown) {
  const { sessions, next } = await listSessions(services.db, filter, after)
  const model = { filter, after, sessions, next, fault }
  return <SessionsPage {...settingsFrame(c, services)} model={model} />
}

/** Says how many it would be, before anything is done. */
async function askSilent(c: Context<Env>, services: Services): Promise<Response> {
  const query = new URL(c.req.url).searchParams
  return silentPage(c, services, await parseSilence(query, services), {})
}

async function submitSilent(c: Context<Env>, services: Services): Promise<Response> {
  const fields = await readForm(c.env.incoming)
  const asked = await parseSilence(fields, services)
  if (asked.action === 'remove' && fields.get('confirm')?.trim() !== 'remove') {
    const fault = { field: 'confirm', message: 'Write the word remove' }
    return silentPage(c, services, asked, { fault }, 400)
  }
  const { actor } = c.get('visitor')
  const { done } = await changeSilent(services.writing, asked.action, asked, actor)
  return silentPage(c, services, asked, { done })
}

interface Asked extends ProjectChoice {
  readonly action: SilentAction
  readonly days: number
}

async function silentPage(
  c: Context<Env>,
  services: Services,
  asked: Asked,
  { done = null, fault = null }: Partial<Pick<SilentModel, 'done' | 'fault'>>,
  status: 200 | 400 = 200,
): Promise<Response> {
  const left = await countSilent(services.db, asked.action, asked)
  const model = { ...asked, left, done, fault }
  return settingsPage(c, <SilentPage {...settingsFrame(c, services)} model={model} />, status)
}

async function parseSilence(fields: URLSearchParams, services: Services): Promise<Asked> {
  const action = fields.get('do')
  if (action !== 'archive' && action !== 'remove') {
    throw new BadInput('do', 'Choose whether to archive or to remove them')
  }
  const days = parseDays(fields)
  if (days === null) throw new BadInput('days', 'Write for how many days')
  return { action, days, ...(await parseProject(fields, services)) }
}

async function parseListFilter(
  query: URLSearchParams,
  services: Services,
): Promise<SessionListFilter> {
  const archived = query.get('archived') ?? ''
  if (!['', 'yes', 'no'].includes(archived)) throw new BadInput('archived', 'archived: yes or no')
  return {
    ...(await parseProject(query, services)),
    silentDays: parseDays(query),
    isArchived: archived === '' ? null : archived === 'yes',
  }
}

type ProjectChoice = Pick<SessionListFilter, 'project' | 'projectId'>

async function parseProject(query: URLSearchParams, { db }: Services): Promise<ProjectChoice> {
  const asked = new URLSearchParams({ project: query.get('project') ?? '' })
  const [slug] = parseFilter(asked).projects
  if (typeof slug !== 'string') return { project: null, projectId: null }
  const found = await findProject(db, { slug })
  if (!found) throw new BadInput('project', `There is no project “${slug}”`)
  return { project: found.slug, projectId: found.id }
}

function parseDays(query: URLSearchParams): number | null {
  const text = (query.get('days') ?? '').trim()
  if (text === '') return null
  const days = /^[1-9]\d{0,3}$/.test(text) ? Number(text) : 0
  if (days >= 1 && days <= MAX_SILENT_DAYS) return days
  throw new BadInput('days', `days: a whole number from 1 to ${MAX_SILENT_DAYS}`)
}

/** What cannot be undone is asked for twice; names can be alike, and impossible to type. */
function requireNumber(id: number, given: string): void {
  if (given.trim() === String(id)) return
  throw new BadInput('confirm', `Write its number: ${id}`)
}
