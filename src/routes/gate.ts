import type { MiddlewareHandler } from 'hono'
import type { Env } from './env'
import { ruleFor } from './rule'
import type { Services } from './services'

/** Lets in whom the route is for. Throws Unauthorized or TooManyRequests. */
export function gate({
  access,
  roster,
}: Pick<Services, 'access' | 'roster'>): MiddlewareHandler<Env> {
  return async (c, next) => {
    const visitor = await access.admit(ruleFor(c), c.env.incoming)
    const { may, projectIds } = visitor.rights
    // Whoever may see a project may see what was merged into it.
    const rights = { may, projectIds: projectIds && roster.withMerged(projectIds) }
    c.set('visitor', { ...visitor, rights })
    return next()
  }
}
