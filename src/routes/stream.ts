import type { IncomingMessage } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import type { Connection } from '../stream/connection'
import type { OpenOptions } from '../stream/connections'
import { SECURITY_HEADERS } from './security-headers'
import type { Services } from './services'

/** The cursor that a client sends: the header of a reconnecting client wins over its old query. */
export function lastEventId(incoming: IncomingMessage): string | null {
  const header = incoming.headers['last-event-id']
  if (typeof header === 'string' && header !== '') return header
  return new URL(incoming.url ?? '/', 'http://localhost').searchParams.get('last_event_id')
}

/**
 * Opens a stream on the raw response, or answers 503 and returns null when the family's pool is
 * full. The check and the taking of the slot are one step.
 */
export function openStream(
  { connections, config, log }: Services,
  { incoming, outgoing }: HttpBindings,
  options: Omit<OpenOptions, 'client' | 'headers'> & { resumedFrom: number | null },
): Connection | null {
  const { resumedFrom, ...rest } = options
  const client = `${incoming.socket.remoteAddress}:${incoming.socket.remotePort}`
  const connection = connections.tryOpen(outgoing, { ...rest, client, headers: SECURITY_HEADERS })
  if (connection) {
    log.info({ client, family: rest.family, last_event_id: resumedFrom }, 'stream resumed from')
    return connection
  }
  const retryAfter = String(config.sse.retryAfterSeconds)
  outgoing.writeHead(503, {
    ...SECURITY_HEADERS,
    'Content-Type': 'application/json',
    'Retry-After': retryAfter,
  })
  const error = 'Maximum connections reached'
  outgoing.end(JSON.stringify({ error, max_connections: connections.limits.maxPerFamily }))
  return null
}
