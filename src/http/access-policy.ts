import type { Context, Hono, MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { AccessPolicy } from '../access/access'
import type { Env } from './env'

const rules = new WeakMap<object, AccessPolicy>()

/**
 * Says whom a route is for, as its first handler: `app.get('/', rule('read'), …)`. The gate looks it
 * up before any handler runs. A test fails for a route that says nothing.
 */
export function requires(name: AccessPolicy): MiddlewareHandler<Env> {
  const mark: MiddlewareHandler<Env> = (_, next) => next()
  rules.set(mark, name)
  return mark
}

/** The rule of the route that a request is for. Where there is no route, who knocks has to be known. */
export function policyFor(c: Context<Env>): AccessPolicy {
  for (const { handler } of matchedRoutes(c)) {
    const found = rules.get(handler)
    if (found) return found
  }
  return 'read'
}

export interface RoutePolicy {
  readonly method: string
  readonly path: string
  /** Null: the route says nothing, which is a mistake. */
  readonly rule: AccessPolicy | null
}

/** Every route of an app with its rule, once. */
export function routePolicies(app: Hono<Env>): RoutePolicy[] {
  const routes = new Map<string, RoutePolicy>()
  for (const { method, path, handler } of app.routes) {
    if (method === 'ALL' && path === '/*') continue
    const known = routes.get(`${method} ${path}`)?.rule ?? null
    routes.set(`${method} ${path}`, { method, path, rule: known ?? rules.get(handler) ?? null })
  }
  return [...routes.values()]
}
