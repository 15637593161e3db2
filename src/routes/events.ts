import { type Context, Hono } from 'hono'
import { BadInput } from '../errors/app-error'
import { toEventQuery } from '../filter/sql'
import { requires } from '../http/access-policy'
import type { Env } from '../http/env'
import { eventFilter, parseNumber, queryOf } from '../http/event-query'
import { readReportBody, recordFor } from '../http/read-report-body'
import { waitForShown } from '../http/read-your-writes'
import type { Services } from '../http/services'
import type { EventRow } from '../log/event-row'
import { findEvents } from '../log/search'
import type { EventQuery } from '../log/search-query'
import { serializeEvent, toFeedItem, toHistoryItem } from '../log/serialize'
import { encodeFrame } from '../stream/frame'
import { rowFormat, streamRows } from './row-stream'

const MAX_REPORT_BYTES = 1024 * 1024
const DEFAULT_LIMIT = 50
const MAX_LIMIT = 500
const IDS = { min: 0, max: Number.MAX_SAFE_INTEGER }

/** Reports of any program, the two streams of all events, and their history. */
export function eventRoutes(services: Services): Hono<Env> {
  const app = new Hono<Env>()
  app.post('/api/events', requires('report'), (c) => report(c, services))
  app.get('/api/events', requires('read'), (c) =>
    wantsHistory(c.req.header('accept') ?? '')
      ? history(c, services)
      : streamRows(c, services, NAMED),
  )
  app.get('/api/events/stream', requires('read'), (c) => streamRows(c, services, PLAIN))
  app.get('/api/events/history', requires('read'), (c) => history(c, services))
  return app
}

async function report(c: Context<Env>, services: Services) {
  const { decoded, bytes } = await readReportBody(c, services, {
    kind: 'api-events',
    types: ['application/json', 'application/x-ndjson'],
    maxBytes: MAX_REPORT_BYTES,
  })
  const { accepted, duplicates, lastId } = await recordFor(c, services, { ...decoded, bytes })
  return c.json({ accepted, duplicates, last_id: lastId }, 201)
}

/** Named frames: `event`, `id` and one line of JSON. */
const NAMED = rowFormat('named', (row) =>
  encodeFrame({ event: row.type, id: row.id, data: JSON.stringify(serializeEvent(row)) }),
)

/** Frames without a name, which a browser's `onmessage` sees; their JSON says everything. */
const PLAIN = rowFormat('plain', (row) =>
  encodeFrame({ id: row.id, data: JSON.stringify(toFeedItem(row)) }),
)

/** `next` goes to `after=` for newer events, `previous` to `before=` for older ones. */
async function history(c: Context<Env>, services: Services) {
  const query = queryOf(c.env.incoming)
  // Projects that were merged or made a moment ago are known by then.
  await waitForShown(c, services)
  const search = toEventQuery(eventFilter(c, services, 'log', ['after', 'before', 'limit']))
  const after = parseNumber(query, 'after', IDS)
  const before = parseNumber(query, 'before', IDS)
  const limit = parseNumber(query, 'limit', { min: 1, max: MAX_LIMIT }) ?? DEFAULT_LIMIT
  // Before the rows: what is committed in between belongs to the next page.
  const { head } = await services.readBounds()
  if (before !== null) requireGiven(before, head)
  const rows =
    after === null
      ? await findEvents(services.db, search, { limit, before })
      : await rowsAfter(after, search, { limit, before }, services)
  return c.json({
    events: rows.map(toHistoryItem),
    next: rows[0]?.id ?? after ?? head,
    previous: rows.at(-1)?.id ?? before ?? null,
  })
}

/**
 * Throws BadInput where no client can have been sent this id. Paging back past the retained rows comes
 * to the end: that is no mistake, and after a restore there are rows with earlier ids.
 */
function requireGiven(before: number, head: number): void {
  if (before > 0 && before <= head + 1) return
  throw new BadInput('before', `before is no place in the log: ${before}`)
}

/** Newest first, like every page of the history. Throws BadInput where there would be a hole. */
async function rowsAfter(
  after: number,
  query: EventQuery,
  page: { limit: number; before: number | null },
  { db, resolveCursor, readBounds }: Services,
): Promise<EventRow[]> {
  const cursor = await resolveCursor(String(after), { isUrgent: true })
  const rows = await findEvents(db, query, { ...page, after })
  // Read after the rows: what was removed meanwhile is a gap that the answer has to name.
  const { trimmedThrough } = await readBounds()
  if (cursor.kind === 'reset' || (after !== 0 && after < trimmedThrough)) {
    const reason = cursor.kind === 'reset' ? cursor.reason : 'expired'
    throw new BadInput('after', `after is no place in the log: ${after} is ${reason}`)
  }
  return rows
}

function wantsHistory(accept: string): boolean {
  return accept.includes('application/json') && !accept.includes('text/event-stream')
}
