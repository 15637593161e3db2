import type { MiddlewareHandler } from 'hono'
import { newPersonCookie, personCookie } from '../access/owner-cookie'
import type { Env } from './env'
import { isPagePath } from './paths'

/** Gives the browser, where there are no logins, a cookie that owns its saved views. */
export function ownerCookie(): MiddlewareHandler<Env> {
  return async (c, next) => {
    const isPage = c.req.method === 'GET' && isPagePath(c.req.path)
    if (isPage && c.get('visitor').kind === 'local' && personCookie(c.env.incoming) === null) {
      c.header('Set-Cookie', newPersonCookie())
    }
    return next()
  }
}
