import type { IncomingMessage } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Context, Hono } from 'hono'
import { scopeOf } from '../access/visitor'
import { BadFilter } from '../fleet/page-filter'
import { parseApiEvents } from '../ingest/api-events'
import type { EventRow } from '../log/event-row'
import type { EventFilter } from '../log/filter'
import { readAfter, readBounds, readNewest } from '../log/history'
import { toHistoryItem, toWire } from '../log/wire'
import { encodeFrame, HEARTBEAT } from '../stream/frame'
import type { RowFormat } from '../stream/log-streams'
import type { Env } from './env'
import { parseEventFilter, parseNumber } from './event-query'
import { receive, recordFor } from './receive'
import { rule } from './rule'
import type { Services } from './services'
import { lastEventId, openStream } from './stream'

const MAX_REPORT_BYTES = 1024 * 1024
const DEFAULT_LIMIT = 50
const MAX_LIMIT = 500
const IDS = { min: 0, max: Number.MAX_SAFE_INTEGER }

/** Reports of any program, the stream of all events, and their history. */
export function eventRoutes(services: Services): Hono<Env> {
  const app = new Hono<Env>()
  app.post('/api/events', rule('report'), (c) => report(c, services))
  app.get('/api/events', rule('read'), (c) =>
    wantsHistory(c.req.header('accept') ?? '') ? history(c, services) : stream(c, services),
  )
  app.get('/api/events/history', rule('read'), (c) => history(c, services))
  return app
}

async function report(c: Context<Env>, services: Services) {
  const { payload, host, bytes } = await receive(c.env.incoming, {
    types: ['application/json', 'application/x-ndjson'],
    maxBytes: MAX_REPORT_BYTES,
    redact: services.redact,
  })
  const reports = parseApiEvents(payload, { host })
  const { accepted, duplicates, lastId } = await recordFor(c, services, { reports, bytes })
  return c.json({ accepted, duplicates, last_id: lastId }, 201)
}

const formatted = new WeakMap<EventRow, string>()

/** Named frames: `event`, `id` and one line of JSON. A row is encoded once, whoever gets it. */
const NAMED: RowFormat = {
  name: 'named',
  encode(row) {
    const known = formatted.get(row)
    if (known !== undefined) return known
    const frame = encodeFrame({ event: row.type, id: row.id, data: JSON.stringify(toWire(row)) })
    formatted.set(row, frame)
    return frame
  },
}

async function stream(c: Context<Env>, services: Services) {
  const { incoming } = c.env
  const filter = parseEventFilter(queryOf(incoming), ['last_event_id'], scopeOf(c.get('visitor')))
  const cursor = await services.judgeCursor(lastEventId(incoming))
  let heartbeat = () => HEARTBEAT
  const connection = openStream(services, c, { family: 'events', heartbeat: () => heartbeat() })
  if (!connection) return RESPONSE_ALREADY_SENT
  const { tail, logStreams } = services
  const from = cursor.kind === 'after' ? cursor.id : tail.head
  const viewer = logStreams.open(connection, NAMED, filter, from)
  heartbeat = () => viewer.heartbeat()
  if (cursor.kind === 'tail') viewer.tellCursor()
  if (cursor.kind === 'reset') viewer.reset(cursor.reason, cursor.given)
  logStreams.catchUp(viewer)
  return RESPONSE_ALREADY_SENT
}

/** `next` goes to `after=` for newer events, `previous` to `before=` for older ones. */
async function history(c: Context<Env>, services: Services) {
  const query = queryOf(c.env.incoming)
  const filter = parseEventFilter(query, ['after', 'before', 'limit'], scopeOf(c.get('visitor')))
  const after = parseNumber(query, 'after', IDS)
  const before = parseNumber(query, 'before', IDS)
  const limit = parseNumber(query, 'limit', { min: 1, max: MAX_LIMIT }) ?? DEFAULT_LIMIT
  // Before the rows: what is committed in between belongs to the next page.
  const { head } = await readBounds(services.db)
  const rows =
    after === null
      ? await readNewest(services.db, { filter, limit, ...(before !== null && { before }) })
      : await rowsAfter(
          after,
          { filter, limit, ...(before !== null && { through: before - 1 }) },
          services,
        )
  return c.json({
    events: rows.map(toHistoryItem),
    next: rows[0]?.id ?? after ?? head,
    previous: rows.at(-1)?.id ?? before ?? null,
  })
}

/** Newest first, like every page of the history. Throws BadFilter where there would be a hole. */
async function rowsAfter(
  after: number,
  options: { filter: EventFilter; limit: number; through?: number },
  { db, judgeCursor }: Services,
): Promise<EventRow[]> {
  const cursor = await judgeCursor(String(after))
  const page = await readAfter(db, after, options)
  if (cursor.kind === 'reset' || (after !== 0 && after < page.trimmedThrough)) {
    const reason = cursor.kind === 'reset' ? cursor.reason : 'expired'
    throw new BadFilter('after', `after is no place in the log: ${after} is ${reason}`)
  }
  return page.rows.reverse()
}

function wantsHistory(accept: string): boolean {
  return accept.includes('application/json') && !accept.includes('text/event-stream')
}

export function queryOf(incoming: IncomingMessage): URLSearchParams {
  return new URL(incoming.url ?? '/', 'http://localhost').searchParams
}
