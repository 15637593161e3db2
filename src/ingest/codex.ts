import type { Report } from '../fleet/report'
import { hookOfNotify } from './codex-notify'
import { codexSignalOf } from './codex-signal'
import { HookPayload } from './hook-payload'
import { dedupeKeyOf, type HookContext, hashKey, reportOfHook } from './hook-report'

const REPORTER = 'codex'
/** The id of a thread at the end of the name of its transcript. */
const THREAD = /([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.jsonl$/i

/**
 * Turns the payload of any Codex hook, or what Codex gives to `notify`, into a report. Throws
 * BadInput only where there is no object, or no session or event name in it.
 */
export function parseCodexHook(body: unknown, context: HookContext): Report {
  const payload = HookPayload.parse(hookOfNotify(body) ?? body)
  const who = {
    reporter: REPORTER,
    promptId: payload.text('turn_id'),
    childId: childIdOf(payload),
  }
  return reportOfHook(payload, context, {
    ...who,
    signal: codexSignalOf(payload, who.childId !== null),
    dedupeKey: isTurnEnd(payload) ? turnEndKey(payload, who) : dedupeKeyOf(payload, who),
  })
}

/**
 * Hooks of a subagent have the session of its parent. Newer versions name the subagent, by the id of
 * its thread; in older ones only the transcript tells it apart, which is named after the thread.
 */
function childIdOf(payload: HookPayload): string | null {
  const named = payload.text('agent_id')
  if (named !== null) return named
  const [, thread] = THREAD.exec(payload.text('transcript_path')?.slice(-200) ?? '') ?? []
  return thread === undefined || thread === payload.session ? null : thread
}

function isTurnEnd({ event }: HookPayload): boolean {
  return event === 'Stop' || event === 'AgentTurnComplete'
}

/** Where both are set up, the hook and `notify` tell the same end of a turn in different words. */
function turnEndKey(
  payload: HookPayload,
  { promptId, childId }: { promptId: string | null; childId: string | null },
): string | null {
  if (promptId === null) return null
  const message = payload.text('last_assistant_message')
  return hashKey(REPORTER, [payload.session, 'turn end', childId, promptId, message])
}
