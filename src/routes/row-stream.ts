import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context } from 'hono'
import type { Env } from '../http/env'
import { eventFilter } from '../http/event-query'
import type { Services } from '../http/services'
import type { EventRow } from '../log/event-row'
import { HEARTBEAT } from '../stream/frame'
import type { RowFormat } from '../stream/row-format'
import { lastEventId, openStream } from './stream'

/** A format under this name. A row is encoded once for all clients. */
export function rowFormat(name: string, encode: (row: EventRow) => string): RowFormat {
  const encoded = new WeakMap<EventRow, string>()
  return {
    name,
    encode(row) {
      const known = encoded.get(row)
      if (known !== undefined) return known
      const frame = encode(row)
      encoded.set(row, frame)
      return frame
    },
  }
}

/**
 * Answers with a stream of the rows that the query selects, in this format, from the cursor of the
 * request on. Throws BadInput for a query that is not understood.
 */
export async function streamRows(
  c: Context<Env>,
  services: Services,
  format: RowFormat,
): Promise<Response> {
  const { incoming } = c.env
  const filter = eventFilter(c, services, 'rows', ['last_event_id'])
  const cursor = await services.resolveCursor(lastEventId(incoming))
  let heartbeat = () => HEARTBEAT
  const connection = openStream(services, c, {
    family: 'events',
    about: { format: format.name, filter },
    heartbeat: () => heartbeat(),
  })
  if (!connection) return RESPONSE_ALREADY_SENT
  const { tail, logStreams } = services
  const from = cursor.kind === 'after' ? cursor.id : tail.head
  const viewer = logStreams.open(connection, format, filter, from)
  heartbeat = () => viewer.heartbeat()
  if (cursor.kind === 'tail') viewer.sendCursor()
  if (cursor.kind === 'reset') viewer.reset(cursor.reason, cursor.given)
  logStreams.catchUp(viewer)
  return RESPONSE_ALREADY_SENT
}
