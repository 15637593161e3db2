import type { Context, Hono, MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { Rule } from '../access/access'
import type { Env } from './env'

const rules = new WeakMap<object, Rule>()

/**
 * Says whom a route is for, as its first handler: `app.get('/', rule('read'), …)`. The gate looks it
 * up before any handler runs. A test fails for a route that says nothing.
 */
export function rule(name: Rule): MiddlewareHandler<Env> {
  const mark: MiddlewareHandler<Env> = (_, next) => next()
  rules.set(mark, name)
  return mark
}

/** The rule of the route that a request is for. Where there is no route, who knocks has to be known. */
export function ruleFor(c: Context<Env>): Rule {
  for (const { handler } of matchedRoutes(c)) {
    const found = rules.get(handler)
    if (found) return found
  }
  return 'read'
}

export interface RuledRoute {
  readonly method: string
  readonly path: string
  /** Null: the route says nothing, which is a mistake. */
  readonly rule: Rule | null
}

/** Every route of an app with its rule, once. */
export function ruledRoutes(app: Hono<Env>): RuledRoute[] {
  const routes = new Map<string, RuledRoute>()
  for (const { method, path, handler } of app.routes) {
    if (method === 'ALL' && path === '/*') continue
    const known = routes.get(`${method} ${path}`)?.rule ?? null
    routes.set(`${method} ${path}`, { method, path, rule: known ?? rules.get(handler) ?? null })
  }
  return [...routes.values()]
}
