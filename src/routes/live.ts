import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Context, Hono } from 'hono'
import { BadInput } from '../errors/app-error'
import { requireKnown } from '../filter/known-keys'
import { requires } from '../http/access-policy'
import type { Env } from '../http/env'
import { queryOf } from '../http/event-query'
import { HTML_HEADERS } from '../http/html'
import { visitorTopic } from '../http/live-topic'
import { promised, tellBehind } from '../http/read-your-writes'
import type { Services } from '../http/services'
import type { Cursor } from '../log/cursor'
import { parseTopic } from '../pages'
import type { ScopedTopic } from '../pages/topic'
import { encodeFrame } from '../stream/frame'
import { TooManyPages } from '../stream/page-registry'
import { NOTHING_SEEN } from '../stream/page-versions'
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
  const topics = topicsOf(c, services)
  const { pageStreams, connections } = services
  const cursor = await services.resolveCursor(lastEventId(incoming))
  const { actor } = c.get('visitor')
  // No stream has to make room for a request that is refused in the end.
  if (connections.hasRoom('pages', actor)) await pageStreams.prepare(topics, actor)
  let cursorNow = () => pageStreams.cursor
  const connection = openStream(services, c, {
    family: 'pages',
    about: { topics: topics.map(({ topic }) => topic) },
    heartbeat: () => encodeFrame({ event: 'hb', id: cursorNow(), data: '{}' }),
  })
  if (!connection) return RESPONSE_ALREADY_SENT
  if (cursor.kind === 'reset') {
    const data = JSON.stringify({ reason: cursor.reason, last_event_id: cursor.given })
    connection.write(encodeFrame({ event: 'reset', id: pageStreams.cursor, data }))
  }
  try {
    const viewer = pageStreams.serve(connection, topics, startOf(cursor, pageStreams.cursor))
    // Before a page has been loaded that the client has to be sent whole, it has seen nothing of it.
    cursorNow = () => Math.max(0, viewer.cursor)
  } catch (error) {
    // A stream without a viewer would live on heartbeats for ever.
    connection.destroy('dropped')
    // Its page was dropped since it was prepared: the client learns it by a status when it reconnects.
    if (!(error instanceof TooManyPages)) throw error
  }
  return RESPONSE_ALREADY_SENT
}

async function poll(c: Context<Env>, services: Services) {
  const topics = topicsOf(c, services)
  const cursor = await services.resolveCursor(lastEventId(c.env.incoming), {
    isUrgent: true,
  })
  const { pageStreams } = services
  const from = startOf(cursor, pageStreams.cursor)
  const { actor } = c.get('visitor')
  const changes = await pageStreams.changes(topics, from, actor, promised(services))
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

/** The topics that are asked for, each once, as the visitor may see them. */
function topicsOf(c: Context<Env>, services: Services): ScopedTopic[] {
  const query = queryOf(c.env.incoming)
  requireKnown(query.keys(), ['topic', 'last_event_id'])
  const topics = query.getAll('topic').map(parseTopic)
  const byKey = new Map(topics.map((topic) => [topic.key, topic]))
  if (byKey.size === 0 || byKey.size > MAX_TOPICS) {
    throw new BadInput('topic', `topic has to be given 1 to ${MAX_TOPICS} times`)
  }
  return [...byKey.values()].map((topic) => visitorTopic(c, services, topic))
}
