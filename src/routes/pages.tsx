import { type Context, Hono } from 'hono'
import { EventPage } from '../../views/event'
import type { Assets, PageFrame } from '../../views/layout'
import { ownerOf } from '../access/owner'
import { scopeOf, type Visitor } from '../access/visitor'
import { NotFound } from '../errors/app-error'
import { parseFilter } from '../filter/parse'
import { parsePlace } from '../filter/place'
import { isSlug, parseId } from '../filter/values'
import { parseBoardPlace } from '../fleet/board-place'
import { requires } from '../http/access-policy'
import { assetUrl } from '../http/assets'
import type { Env } from '../http/env'
import { queryOf } from '../http/event-query'
import { HTML_HEADERS } from '../http/html'
import { promised, tellBehind, waitForShown } from '../http/read-your-writes'
import type { Services } from '../http/services'
import { findEvent } from '../log/history'
import { createPastPage, type Page, pageKey } from '../pages/create-page'
import { isLive } from '../pages/events'
import {
  agentTopic,
  boardTopic,
  eventsTopic,
  isOwn,
  projectTopic,
  STATS_TOPIC,
  type Topic,
} from '../pages/topic'

/** The pages that people look at. Each is complete as it comes, and kept up to date after that. */
export function pageRoutes(services: Services): Hono<Env> {
  const app = new Hono<Env>()
  const filter = (c: Context<Env>) => parseFilter(queryOf(c.env.incoming))
  const place = (c: Context<Env>) => parseBoardPlace(queryOf(c.env.incoming))
  app.get('/', requires('read'), (c) => livePage(c, services, boardTopic(filter(c), place(c))))
  app.get('/projects/:slug', requires('read'), (c) => {
    const slug = c.req.param('slug')
    if (!isSlug(slug)) throw new NotFound(`There is no project “${slug.slice(0, 100)}”`)
    return livePage(c, services, projectTopic(slug, filter(c), place(c)))
  })
  app.get('/agents/:id', requires('read'), (c) => {
    const id = parseId(c.req.param('id'))
    if (id === null) throw new NotFound(`There is no agent “${c.req.param('id').slice(0, 100)}”`)
    return livePage(c, services, agentTopic(id, filter(c)))
  })
  app.get('/stats', requires('read'), (c) => livePage(c, services, STATS_TOPIC))
  app.get('/events', requires('read'), (c) => eventsPage(c, services))
  app.get('/events/:id', requires('read'), (c) => eventPage(c, services))
  return app
}

export async function livePage(c: Context<Env>, services: Services, topic: Topic) {
  const visitor = c.get('visitor')
  const owner = isOwn(topic.key) ? ownerOf(visitor, c.env.incoming) : null
  const key = pageKey(scopeOf(visitor), topic.key, owner)
  const shown = await services.pageStreams.page(key, visitor.actor, promised(services))
  const { page, cursor, asOf, behindMs } = shown
  tellBehind(c, behindMs)
  const frame = pageFrame(c, services, { topic: topic.key, cursor, asOf })
  return c.body(document((page as Page).render(frame)), 200, HTML_HEADERS)
}

/** A page of the past is read once, for whoever asks; nobody has to keep it up to date. */
async function eventsPage(c: Context<Env>, services: Services) {
  const query = queryOf(c.env.incoming)
  const topic = eventsTopic(parseFilter(query, 'log'))
  const place = parsePlace(query)
  if (isLive(topic.filter, place)) return livePage(c, services, topic)
  const { roster, forPages: db, pageStreams } = services
  const visitor = c.get('visitor')
  const frame = pageFrame(c, services, null)
  const { address } = frame
  const page = createPastPage(topic, place, { db, roster, scope: scopeOf(visitor), address })
  const { atLeast } = promised(services)
  await waitForShown(c, services)
  const { head } = await services.readBounds()
  await pageStreams.readOnce(page, visitor.actor, Math.max(atLeast, head))
  return c.body(document(page.render(frame)), 200, HTML_HEADERS)
}

async function eventPage(c: Context<Env>, services: Services) {
  const text = c.req.param('id') ?? ''
  const id = parseId(text)
  const scope = scopeOf(c.get('visitor'))
  const found = id === null ? null : await findEvent(services.db, id, scope)
  if (!found)
    throw new NotFound(`There is no event “${text.slice(0, 100)}”, or it has been removed`)
  const { roster } = services
  await roster.preload([found.row.agentId])
  const data =
    found.payload === null ? found.row.data : { ...found.row.data, payload: found.payload }
  const line = {
    row: { ...found.row, data },
    project: roster.project(found.row.projectId),
    agent: roster.agent(found.row.agentId),
  }
  return c.body(
    document(<EventPage line={line} frame={pageFrame(c, services, null)} />),
    200,
    HTML_HEADERS,
  )
}

export function pageFrame(
  c: Context<Env>,
  { assets, access, config }: Services,
  live: PageFrame['live'],
): PageFrame {
  const { scheme } = access.peerOf(c.env.incoming)
  const address = config.publicUrl?.origin ?? `${scheme}://${c.req.header('host')}`
  // Refusals are answered before anybody has been let in.
  const visitor: Visitor | undefined = c.get('visitor')
  return {
    assets: assetUrls(assets),
    address,
    live,
    canLogOut: visitor?.kind === 'person',
    mayAct: visitor?.rights.may.includes('report') ?? false,
  }
}

/** Without a doctype browsers fall back to the rules of the nineties. */
export function document(page: { toString(): string | Promise<string> }): string {
  const html = page.toString()
  if (typeof html !== 'string') throw new TypeError('Views must render synchronously')
  return `<!doctype html>${html}`
}

function assetUrls(assets: Services['assets']): Assets {
  return {
    css: assetUrl(assets, 'muster.css'),
    js: assetUrl(assets, 'muster.js'),
    icon: assetUrl(assets, 'favicon.svg'),
  }
}
