import type { MiddlewareHandler } from 'hono'
import { runAsReader } from '../db/reader'
import { policyFor } from './access-policy'
import type { Env } from './env'
import type { Services } from './services'

/**
 * Lets in whom the route is for; what it reads counts as the visitor's. Throws Unauthorized, Forbidden or TooManyRequests.
 */
export function authenticate({
  access,
  roster,
}: Pick<Services, 'access' | 'roster'>): MiddlewareHandler<Env> {
  return async (c, next) => {
    const rule = policyFor(c)
    const visitor = await access.admit(rule, c.env.incoming)
    const { may, projectIds } = visitor.rights
    // A visitor that may see a project may see those merged into it.
    const rights = { may, projectIds: projectIds && roster.expandMerged(projectIds) }
    c.set('visitor', { ...visitor, rights })
    // Answers that are not public are not cached, unless the route says otherwise.
    if (rule !== 'public') c.env.outgoing.setHeader('Cache-Control', 'no-store')
    // What is public is asked for by everybody, and reads next to nothing.
    return runAsReader(rule === 'public' ? null : visitor.actor, next)
  }
}
