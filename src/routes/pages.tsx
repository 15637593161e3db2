import { type Context, Hono } from 'hono'
import { EventPage } from '../../views/event'
import type { Assets, PageFrame } from '../../views/layout'
import { scopeOf, type Visitor } from '../access/visitor'
import { NotFound } from '../errors/app-error'
import { parseId } from '../filter/values'
import { requires } from '../http/access-policy'
import { assetUrl } from '../http/assets'
import type { Env } from '../http/env'
import { queryOf } from '../http/event-query'
import { HTML_HEADERS } from '../http/html'
import { visitorTopic } from '../http/live-topic'
import { promised, tellBehind, waitForShown } from '../http/read-your-writes'
import type { Services } from '../http/services'
import { requireOwner } from '../http/view-request'
import { findEvent } from '../log/history'
import { NAV, PAGES } from '../pages'
import { BAR } from '../pages/bar/bar'
import type { Page, PageType } from '../pages/define-page'
import type { Topic } from '../pages/topic'

/** The pages that people look at. Each is complete as it comes, and kept up to date after that. */
export function pageRoutes(services: Services): Hono<Env> {
  const app = new Hono<Env>()
  for (const page of PAGES) {
    app.get(page.path, requires('read'), (c) => showPage(c, services, page))
  }
  app.get('/events/:id', requires('read'), (c) => eventPage(c, services))
  return app
}

function showPage(c: Context<Env>, services: Services, page: PageType) {
  const [id = null] = Object.values(c.req.param())
  const topic = page.topic(id, queryOf(c.env.incoming))
  if (!topic) throw new NotFound(`There is no ${page.noun} “${(id ?? '').slice(0, 100)}”`)
  if (topic.isOwn) requireOwner(c)
  return topic.isLive ? livePage(c, services, topic) : pastPage(c, services, topic)
}

async function livePage(c: Context<Env>, services: Services, topic: Topic<Page>) {
  const asked = [visitorTopic(c, services, topic), visitorTopic(c, services, BAR)] as const
  const { actor } = c.get('visitor')
  const shown = await services.pageStreams.show(asked, actor, promised(services))
  const [page, bar] = shown.pages
  const { cursor, asOf, behindMs } = shown
  tellBehind(c, behindMs)
  const live = { topics: [topic.key, BAR.key], cursor, asOf }
  const frame = pageFrame(c, services, { live, bar: bar.model })
  return c.body(document(page.render(frame)), 200, HTML_HEADERS)
}

/** It is read once, for its one answer; nothing has to keep it up to date. */
async function pastPage(c: Context<Env>, services: Services, topic: Topic<Page>) {
  const { pageStreams } = services
  const { actor } = c.get('visitor')
  const page = visitorTopic(c, services, topic).open()
  const { atLeast } = promised(services)
  await waitForShown(c, services)
  const { head } = await services.readBounds()
  const [{ pages }] = await Promise.all([
    pageStreams.show([visitorTopic(c, services, BAR)] as const, actor),
    pageStreams.readOnce(page, actor, Math.max(atLeast, head)),
  ])
  const frame = pageFrame(c, services, { live: null, bar: pages[0].model })
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
    document(<EventPage line={line} frame={pageFrame(c, services)} />),
    200,
    HTML_HEADERS,
  )
}

export function pageFrame(
  c: Context<Env>,
  { assets, access, config }: Services,
  { live, bar }: Pick<PageFrame, 'live' | 'bar'> = { live: null, bar: null },
): PageFrame {
  const { scheme } = access.peerOf(c.env.incoming)
  const address = config.publicUrl?.origin ?? `${scheme}://${c.req.header('host')}`
  // Refusals are answered before a visitor is known.
  const visitor: Visitor | undefined = c.get('visitor')
  return {
    assets: assetUrls(assets),
    address,
    nav: NAV,
    bar,
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
