import { Hono } from 'hono'
import { parseClaudeCodeHook } from '../ingest/claude-code'
import { parseJson, readBody, requireContentType } from './body'
import type { Env } from './env'
import { reportedHost } from './reported-host'
import type { Services } from './services'

/** Tool results carry whole files. */
const MAX_HOOK_BYTES = 16 * 1024 * 1024

/** What coding agents POST by themselves. The empty object means that Muster has no opinion. */
export function hookRoutes({ recorder }: Services): Hono<Env> {
  const app = new Hono<Env>()
  app.post('/hooks/claude-code', async (c) => {
    const { incoming } = c.env
    requireContentType(incoming, ['application/json'])
    const body = await readBody(incoming, MAX_HOOK_BYTES)
    const report = parseClaudeCodeHook(parseJson(body), { host: reportedHost(incoming) })
    await recorder.record([report], body.length)
    return c.json({})
  })
  return app
}
