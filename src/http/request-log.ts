import { randomUUID } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import { policyFor } from './access-policy'
import type { Env } from './env'
import type { Services } from './services'

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/
const MAX_PATH = 200

/**
 * Gives each request an id, which the log names, and counts its answer. A proxy's id is
 * taken over if it is plain. Queries are not logged: people put into them what they search for.
 */
export function requestLog({
  log,
  telemetry,
}: Pick<Services, 'log' | 'telemetry'>): MiddlewareHandler<Env> {
  return async (c, next) => {
    const begunAt = performance.now()
    const { outgoing } = c.env
    const given = c.req.header('x-request-id') ?? ''
    const request = REQUEST_ID.test(given) ? given : randomUUID()
    c.set('requestId', request)
    // On the raw answer, so that streams have it as well.
    outgoing.setHeader('X-Request-Id', request)
    await next()
    const { method, path } = c.req
    const status = outgoing.headersSent ? outgoing.statusCode : c.res.status
    const ms = performance.now() - begunAt
    const isReport = policyFor(c) === 'report'
    telemetry.requests.onAnswer({ route: routeOf(c), method, status, ms, isReport })
    log.debug(
      { request, method, path: path.slice(0, MAX_PATH), status, ms: Math.round(ms * 10) / 10 },
      'request answered',
    )
  }
}

/** The pattern of the route that a request was for. */
function routeOf(c: Context<Env>): string {
  const route = matchedRoutes(c).find(({ method }) => method !== 'ALL')
  return route?.path ?? 'none'
}
