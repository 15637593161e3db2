import { Hono } from 'hono'
import { parseClaudeCodeHook } from '../ingest/claude-code'
import { parseCodexHook } from '../ingest/codex'
import type { Env } from './env'
import { receive, recordFor } from './receive'
import { rule } from './rule'
import type { Services } from './services'

/** Tool results carry whole files. */
const MAX_HOOK_BYTES = 16 * 1024 * 1024

const ADAPTERS = { 'claude-code': parseClaudeCodeHook, codex: parseCodexHook }

/** What coding agents POST by themselves. The empty object means that Muster has no opinion. */
export function hookRoutes(services: Services): Hono<Env> {
  const app = new Hono<Env>()
  for (const [name, parse] of Object.entries(ADAPTERS)) {
    app.post(`/hooks/${name}`, rule('report'), async (c) => {
      const { payload, host, bytes } = await receive(c.env.incoming, {
        types: ['application/json'],
        maxBytes: MAX_HOOK_BYTES,
        redact: services.redact,
      })
      await recordFor(c, services, { reports: [parse(payload, { host })], bytes })
      return c.json({})
    })
  }
  return app
}
