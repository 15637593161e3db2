import type { Report } from '../fleet/report'
import { HookPayload } from './hook-payload'
import { dedupeKeyOf, type HookContext, reportOfHook } from './hook-report'
import { signalOf } from './hook-signal'

/**
 * Turns the payload of any Claude Code hook into a report. Throws BadInput only where there is no
 * object, or no session or event name in it: unknown events and fields are reports like any other.
 */
export function parseClaudeCodeHook(body: unknown, context: HookContext): Report {
  const payload = HookPayload.parse(body)
  const who = {
    reporter: 'claude-code',
    promptId: payload.text('prompt_id'),
    childId: payload.text('agent_id'),
  }
  return reportOfHook(payload, context, {
    ...who,
    signal: signalOf(payload),
    dedupeKey: dedupeKeyOf(payload, who),
  })
}
