import type { MiddlewareHandler } from 'hono'
import type { Env } from './env'
import { ruleFor } from './rule'
import type { Services } from './services'

/** Lets in whom the route is for. Throws Unauthorized, Forbidden or TooManyRequests. */
export function gate({ access }: Pick<Services, 'access'>): MiddlewareHandler<Env> {
  return async (c, next) => {
    const rule = ruleFor(c)
    c.set('visitor', await access.admit(rule, c.env.incoming))
    // What is not for everybody is kept by nobody, unless the route says otherwise.
    if (rule !== 'public') c.env.outgoing.setHeader('Cache-Control', 'no-store')
    return next()
  }
}
