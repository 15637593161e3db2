import type { IncomingMessage, ServerResponse } from 'node:http'
import { textOf } from '../access/peer'

/** What other sites' pages may ask for, if they are configured. Pages and Muster's own stream stay here. */
const FOR_OTHERS = /^\/api\//
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE'
const HEADERS = 'Authorization, Content-Type, Last-Event-ID'
const EXPOSED = 'Retry-After'
const PREFLIGHT_SECONDS = '600'

/**
 * Whether a page of a configured origin may read the answer; then it says so in the answer's headers,
 * those of streams included, which are written past the app.
 */
export function allowOrigin(
  { url = '', headers }: IncomingMessage,
  outgoing: ServerResponse,
  origins: readonly string[],
): boolean {
  if (origins.length === 0 || !FOR_OTHERS.test(url)) return false
  outgoing.appendHeader('Vary', 'Origin')
  const origin = textOf(headers.origin)
  if (!origins.includes(origin)) return false
  outgoing.setHeader('Access-Control-Allow-Origin', origin)
  outgoing.setHeader('Access-Control-Allow-Credentials', 'true')
  outgoing.setHeader('Access-Control-Expose-Headers', EXPOSED)
  return true
}

/** Whether a browser asks, before it sends what a page wants, whether that page may. */
export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined
}

export const PREFLIGHT_HEADERS = {
  'Access-Control-Allow-Methods': METHODS,
  'Access-Control-Allow-Headers': HEADERS,
  'Access-Control-Max-Age': PREFLIGHT_SECONDS,
}
