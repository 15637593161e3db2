import type { IncomingMessage } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { Env } from '../http/env'
import type { Services } from '../http/services'
import { type Connection, streamHeaders } from '../stream/connection'
import type { Connections, OpenOptions } from '../stream/connections'

/** More than is shown of an address. */
const MAX_URL = 2_000

/**
 * The cursor that a client sends: the header of a reconnecting client wins over its old query. Some
 * clients send an empty header where they have none.
 */
export function lastEventId(incoming: IncomingMessage): string | null {
  const header = incoming.headers['last-event-id']
  if (typeof header === 'string' && header !== '') return header
  return new URL(incoming.url ?? '/', 'http://localhost').searchParams.get('last_event_id')
}

/** What a family answers for which no stream is left, where that is not what all answer. */
export interface Refusal {
  readonly retryAfterSeconds: number
  readonly body: (reason: string, maxConnections: number) => object
}

/**
 * Opens a stream on the raw response. Returns null when the request has been answered otherwise: 503
 * where the visitor has no room in the family's pool, and headers alone to HEAD. The
 * check and the taking of the slot are one step.
 */
export function openStream(
  { connections, config, access }: Services,
  c: Context<Env>,
  options: Omit<OpenOptions, 'address' | 'client' | 'grant' | 'reads' | 'visitor'>,
  refusal: Refusal = { retryAfterSeconds: config.sse.retryAfterSeconds, body: REFUSAL_BODY },
): Connection | null {
  const { incoming, outgoing } = c.env
  if (outgoing.destroyed) return null
  if (incoming.method === 'HEAD') {
    // A stream that is never read would keep its slot, and its socket from the next request.
    outgoing.writeHead(200, streamHeaders(options)).end()
    return null
  }
  const { address } = access.peerOf(incoming)
  const client = `${address} at port ${incoming.socket.remotePort}`
  const { actor, grant } = c.get('visitor')
  const about = {
    request: c.get('requestId'),
    actor,
    last_event_id: lastEventId(incoming)?.slice(0, 100) ?? null,
    ...options.about,
  }
  const connection = connections.tryOpen(outgoing, {
    ...options,
    visitor: actor,
    client,
    address,
    reads: readsOf(incoming),
    grant,
    about,
  })
  if (!connection) {
    refuse(outgoing, connections, refusal)
    return null
  }
  access.watch.opened(grant)
  return connection
}

/** What the stream is of, for people: path and query without the cursor. */
function readsOf({ url = '/' }: IncomingMessage): string {
  const { pathname, searchParams } = new URL(url.slice(0, MAX_URL), 'http://localhost')
  searchParams.delete('last_event_id')
  const query = [...searchParams].map(([name, value]) => `${name}=${value}`).join('&')
  return query === '' ? pathname : `${pathname}?${query}`
}

const REFUSAL_BODY: Refusal['body'] = (error, max) => ({ error, max_connections: max })

function refuse(
  outgoing: HttpBindings['outgoing'],
  connections: Connections,
  { retryAfterSeconds, body }: Refusal,
) {
  outgoing.writeHead(503, {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    'Retry-After': String(retryAfterSeconds),
  })
  const reason = connections.isClosing ? 'Muster is stopping' : 'Maximum connections reached'
  outgoing.end(JSON.stringify(body(reason, connections.limits.maxPerFamily)))
}
