import { createHash } from 'node:crypto'
import type { Report, ReportedAgent } from '../fleet/report'
import { firstLine } from '../fleet/text'
import { eventOf } from './claude-code-event'
import { signalOf } from './claude-code-signal'
import { HookPayload } from './hook-payload'
import { toIdentifier } from './identifier'
import { hashJson } from './json-hash'
import { projectOfWorkspace } from './workspace'

const REPORTER = 'claude-code'

/**
 * Turns the payload of any Claude Code hook into a report. Throws BadReport only where there is no
 * object, or no session or event name in it: unknown events and fields are reports like any other.
 */
export function parseClaudeCodeHook(body: unknown, context: { host: string | null }): Report {
  const payload = HookPayload.parse(body)
  const signal = signalOf(payload)
  const promptId = payload.text('prompt_id')
  const host = firstLine(payload.text('host') ?? context.host ?? '', 200) || null
  return {
    reporter: REPORTER,
    project: projectOfWorkspace({
      repository: payload.text('repository'),
      host,
      directory: payload.text('git_root') ?? payload.text('cwd'),
    }),
    agent: agentOf(payload),
    promptId: promptId === null ? null : toIdentifier(promptId),
    signal,
    event: eventOf(payload, signal),
    confirmedBy: 'hook',
    dedupeKey: dedupeKeyOf(payload),
    reportedAt: null,
  }
}

/** A child reports under its parent's session, with an id of its own beside it. */
function agentOf(payload: HookPayload): ReportedAgent {
  const sessionId = toIdentifier(payload.session)
  const sessionKey = `${REPORTER}/${sessionId}`
  const childId = payload.text('agent_id')
  const agentType = line(payload, 'agent_type')
  const agent = { sessionId, agentType, model: line(payload, 'model') }
  if (childId === null) {
    const title = line(payload, 'session_title')
    return { ...agent, key: sessionKey, parentKey: null, name: null, title }
  }
  const key = `${sessionKey}/${toIdentifier(childId)}`
  return { ...agent, key, parentKey: sessionKey, name: agentType, title: null }
}

function line(payload: HookPayload, field: string): string | null {
  return firstLine(payload.text(field) ?? '', 200) || null
}

/**
 * The same for two settings scopes that both post an event, and for nothing else. A permission
 * request is about a call but does not name it: asked again in the same prompt, the same payload is
 * another request, and an agent that waits must not be missed. Its double opens no second ask.
 */
function dedupeKeyOf(payload: HookPayload): string | null {
  if (payload.event === 'PermissionRequest') return null
  const toolUse = payload.text('tool_use_id')
  const prompt = payload.text('prompt_id')
  if (toolUse === null && prompt === null) return null
  const call = toolUse === null ? ['prompt', prompt, hashJson(payload.fields)] : ['tool', toolUse]
  const parts = [payload.session, payload.event, payload.text('agent_id'), ...call]
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex')
  return `${REPORTER}/${hash.slice(0, 40)}`
}
