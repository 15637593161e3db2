import type { Context, MiddlewareHandler } from 'hono'
import { readBounds } from '../log/history'
import type { Env } from './env'
import type { Services } from './services'

/** How long a request waits for rows acknowledged before it came. */
const SHOWN_PATIENCE_MS = 1_000
const REPORTS = /^\/(api\/events|hooks|v1)(\/|$)/

/** The newest row that was acknowledged before now, and how long a page may be waited for that lacks it. */
export function promised({ pageStreams }: Services) {
  return { atLeast: pageStreams.freshness.acknowledged, patienceMs: SHOWN_PATIENCE_MS }
}

/** Says in the answer for how many ms there has been more than it shows; nothing where it shows all. */
export function tellBehind(c: Context<Env>, behindMs: number): void {
  if (behindMs > 0) c.header('Muster-Behind', String(Math.ceil(behindMs)))
}

/** Waits until what all pages and lists are made from is as new as what was acknowledged, at most 1 s. */
export async function waitForShown(c: Context<Env>, services: Services): Promise<void> {
  const { pageStreams } = services
  const { atLeast, patienceMs } = promised(services)
  await pageStreams.reach(atLeast, patienceMs)
  if (pageStreams.cursor >= atLeast) return
  tellBehind(c, Math.max(1, pageStreams.freshness.behindMs(pageStreams.cursor)))
}

/** Notes what forms and changes by the API have stored; reports say so themselves. */
export function acknowledge({ db, log, pageStreams }: Services): MiddlewareHandler<Env> {
  return async (c, next) => {
    await next()
    const { method, path } = c.req
    if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS' || REPORTS.test(path)) return
    if (c.env.outgoing.headersSent || c.res.status >= 400) return
    try {
      pageStreams.freshness.acknowledge((await readBounds(db)).head)
    } catch (err) {
      // The change is stored: an answer that says otherwise would be made again.
      log.warn({ err }, 'what a request has changed could not be looked up')
    }
  }
}
