import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Context, Hono } from 'hono'
import { ownerOf } from '../access/owner'
import { scopeOf } from '../access/visitor'
import { BadInput } from '../errors/app-error'
import { requires } from '../http/access-policy'
import type { Env } from '../http/env'
import { queryOf } from '../http/event-query'
import { HTML_HEADERS } from '../http/html'
import { promised, tellBehind } from '../http/read-your-writes'
import type { Services } from '../http/services'
import type { Cursor } from '../log/cursor'
import { pageKey, topicOf } from '../pages/create-page'
import { isOwn, parseTopic } from '../pages/topic'
import { encodeFrame } from '../stream/frame'
import { NOTHING_SEEN } from '../stream/page-lane'
import { TooManyPages } from '../stream/page-lanes'
import { lastEventId, openStream } from './stream'

const MAX_TOPICS = 16

/** The stream of Muster's own pages; with `Accept: text/html` the same fragments, once. */
export function liveRoutes(services: Services): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/live', requires('read'), (c) =>
    (c.req.header('accept') ?? '').includes('text/html') ? poll(c, services) : stream(c, services),
  )
  return app
}

async function stream(c: Context<Env>, services: Services) {
  const { incoming } = c.env
  const pages = pageKeys(c)
  const { pageStreams, connections } = services
  const cursor = await services.resolveCursor(lastEventId(incoming))
  const { actor } = c.get('visitor')
  // No stream has to make room for a request that is refused in the end.
  if (connections.hasRoom('pages', actor)) await pageStreams.prepare(pages, actor)
  let cursorNow = () => pageStreams.cursor
  const connection = openStream(services, c, {
    family: 'pages',
    about: { topics: pages.map(topicOf) },
    heartbeat: () => encodeFrame({ event: 'hb', id: cursorNow(), data: '{}' }),
  })
  if (!connection) return RESPONSE_ALREADY_SENT
  if (cursor.kind === 'reset') {
    const data = JSON.stringify({ reason: cursor.reason, last_event_id: cursor.given })
    connection.write(encodeFrame({ event: 'reset', id: pageStreams.cursor, data }))
  }
  try {
    const viewer = pageStreams.serve(connection, pages, startOf(cursor, pageStreams.cursor))
    // Before a page has been loaded that the client has to be sent whole, it has seen nothing of it.
    cursorNow = () => Math.max(0, viewer.cursor)
  } catch (error) {
    // A stream without a viewer would live on heartbeats for ever.
    connection.destroy()
    // Its page was dropped since it was prepared: who comes back is told so with a status.
    if (!(error instanceof TooManyPages)) throw error
  }
  return RESPONSE_ALREADY_SENT
}

async function poll(c: Context<Env>, services: Services) {
  const pages = pageKeys(c)
  const cursor = await services.resolveCursor(lastEventId(c.env.incoming), {
    isUrgent: true,
  })
  const { pageStreams } = services
  const from = startOf(cursor, pageStreams.cursor)
  const { actor } = c.get('visitor')
  const changes = await pageStreams.changes(pages, from, actor, promised(services))
  tellBehind(c, changes.behindMs)
  return c.body(changes.html, 200, {
    ...HTML_HEADERS,
    'Last-Event-ID': String(changes.cursor),
    ...(cursor.kind === 'reset' && { 'X-Muster-Reset': cursor.reason }),
  })
}

/** After a reset the client is sent everything, as if it had seen nothing. */
function startOf(cursor: Cursor, tail: number): number {
  if (cursor.kind === 'after') return cursor.id
  return cursor.kind === 'reset' ? NOTHING_SEEN.cursor : tail
}

/** The pages that are asked for, as far as the visitor may see them. */
function pageKeys(c: Context<Env>): string[] {
  const visitor = c.get('visitor')
  const owner = ownerOf(visitor, c.env.incoming)
  return parseTopics(queryOf(c.env.incoming)).map((topic) =>
    pageKey(scopeOf(visitor), topic, isOwn(topic) ? owner : null),
  )
}

function parseTopics(query: URLSearchParams): string[] {
  for (const key of query.keys()) {
    if (key !== 'topic' && key !== 'last_event_id') throw new BadInput(key, `${key} is unknown`)
  }
  const topics = [...new Set(query.getAll('topic').map((topic) => parseTopic(topic).key))]
  if (topics.length === 0 || topics.length > MAX_TOPICS) {
    throw new BadInput('topic', `topic has to be given 1 to ${MAX_TOPICS} times`)
  }
  return topics
}
