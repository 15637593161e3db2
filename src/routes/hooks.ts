import { Hono } from 'hono'
import { requires } from '../http/access-policy'
import type { Env } from '../http/env'
import { readReportBody, recordFor } from '../http/read-report-body'
import type { Services } from '../http/services'

/** Tool results carry whole files. */
const MAX_HOOK_BYTES = 16 * 1024 * 1024

const REPORTERS = ['claude-code', 'codex'] as const

/** What coding agents POST by themselves. The empty object means that Muster has no opinion. */
export function hookRoutes(services: Services): Hono<Env> {
  const app = new Hono<Env>()
  for (const kind of REPORTERS) {
    app.post(`/hooks/${kind}`, requires('report'), async (c) => {
      const { decoded, bytes } = await readReportBody(c, services, {
        kind,
        types: ['application/json'],
        maxBytes: MAX_HOOK_BYTES,
      })
      await recordFor(c, services, { ...decoded, bytes })
      return c.json({})
    })
  }
  return app
}
