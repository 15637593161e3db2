import type { IncomingMessage } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Context, Hono } from 'hono'
import { scopeOf } from '../access/visitor'
import { requireKnown } from '../filter/known-keys'
import { ALL_EVENTS } from '../filter/select'
import { requires } from '../http/access-policy'
import type { Env } from '../http/env'
import { queryOf } from '../http/event-query'
import type { Services } from '../http/services'
import type { Cursor } from '../log/cursor'
import type { Connection } from '../stream/connection'
import { encodeFrame } from '../stream/frame'
import { lastEventId, openStream, type Refusal } from './stream'

const REFUSAL: Refusal = {
  retryAfterSeconds: 30,
  body: (detail, maxConnections) => ({ detail, max_connections: maxConnections }),
}

/** The stream of aggregates, shared by visitors of the same scope, and how full it is. */
export function metricStreamRoutes(services: Services): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/api/v2/stream', requires('read'), (c) => stream(c, services))
  app.get('/api/v2/stream/status', requires('read'), (c) => {
    const { connections, startedAt } = services
    const { maxPerFamily } = connections.limits
    const used = connections.count('v2')
    c.header('Cache-Control', 'no-store')
    return c.json({
      connections: used,
      max_connections: maxPerFamily,
      available: Math.max(0, maxPerFamily - used),
      uptime_seconds: uptime(startedAt),
    })
  })
  return app
}

async function stream(c: Context<Env>, services: Services) {
  requireNoFilter(c.env.incoming)
  const cursor = await judgeV2Cursor(c.env.incoming, services)
  const { tail, metricStreams } = services
  const place = {
    get cursor() {
      return tail.head
    },
  }
  const connection = openV2Stream(c, services, { cursorNow: () => place.cursor })
  if (!connection) return RESPONSE_ALREADY_SENT
  if (cursor.kind === 'reset') {
    const data = JSON.stringify({ reason: cursor.reason, last_event_id: cursor.given })
    connection.write(encodeFrame({ event: 'reset', id: printV2Cursor(place.cursor), data }))
  }
  connection.write(heartbeatFrame(services, place.cursor))
  const filter = { ...ALL_EVENTS, scope: scopeOf(c.get('visitor')) }
  metricStreams.open(Object.assign(place, { connection }), filter)
  return RESPONSE_ALREADY_SENT
}

/** Null when the request has been answered otherwise, as `openStream` says. */
export function openV2Stream(
  c: Context<Env>,
  services: Services,
  { cursorNow, isPrivate = false }: { cursorNow: () => number; isPrivate?: boolean },
): Connection | null {
  return openStream(
    services,
    c,
    {
      family: 'v2',
      heartbeat: () => heartbeatFrame(services, cursorNow()),
      isPrivate,
    },
    REFUSAL,
  )
}

export function heartbeatFrame(
  { connections, metricStreams, startedAt }: Services,
  cursor: number,
): string {
  return metricStreams.frame('heartbeat', cursor, {
    timestamp: new Date().toISOString(),
    connections: connections.count('v2'),
    uptime_seconds: uptime(startedAt),
  })
}

export function printV2Cursor(id: number): string {
  return `evt_${id}`
}

/** Takes `evt_<n>`, and `evt_<n>.<k>` of frames that are no row. */
export function judgeV2Cursor(
  incoming: IncomingMessage,
  { resolveCursor }: Pick<Services, 'resolveCursor'>,
): Promise<Cursor> {
  const given = lastEventId(incoming)
  return resolveCursor(given && (/^evt_(\d+)(\.\d+)?$/.exec(given)?.[1] ?? given))
}

/** What selects rows is a saved view's business; a key that is not understood must not mean "all". */
export function requireNoFilter(incoming: IncomingMessage): void {
  requireKnown(queryOf(incoming).keys(), ['last_event_id'])
}

function uptime(startedAt: number): number {
  return Math.floor((Date.now() - startedAt) / 1000)
}
