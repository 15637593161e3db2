import type { MiddlewareHandler } from 'hono'
import type { Env } from './env'
import { ruleFor } from './rule'
import type { Services } from './services'

/** Lets in whom the route is for. Throws Unauthorized or TooManyRequests. */
export function gate({ access }: Pick<Services, 'access'>): MiddlewareHandler<Env> {
  return async (c, next) => {
    c.set('visitor', await access.admit(ruleFor(c), c.env.incoming))
    return next()
  }
}
