import { createHash } from 'node:crypto'
import type { Signal } from '../fleet/machine/signal'
import type { Report, ReportedAgent, ReportedProject } from '../fleet/report'
import { firstLine } from '../fleet/text'
import { eventOf, PROBE } from './hook-event'
import type { HookPayload } from './hook-payload'
import { toIdentifier } from './identifier'
import { hashJson } from './json-hash'
import { projectOfWorkspace } from './workspace'

export interface HookContext {
  /** The machine that sent the hook, where it says so. */
  host: string | null
}

/** What differs between agents whose hooks are otherwise alike. */
interface HookDialect {
  reporter: string
  /** The id of the prompt or turn that the hook belongs to. */
  promptId: string | null
  /** The id of the subagent that sent it, within its session. */
  childId: string | null
  signal: Signal
  dedupeKey: string | null
}

/** The project of probes, so that they make none of the folder they ran in. */
const PROBE_PROJECT = { key: 'name:muster check', name: 'muster check', host: null, path: null }

/** The report that a hook becomes: the part that all agents with such hooks share. */
export function reportOfHook(
  payload: HookPayload,
  context: HookContext,
  { reporter, promptId, childId, signal, dedupeKey }: HookDialect,
): Report {
  const isProbe = payload.event === PROBE
  return {
    reporter,
    project: isProbe ? PROBE_PROJECT : projectOf(payload, context),
    agent: isProbe ? null : agentOf(payload, reporter, childId),
    promptId: promptId === null ? null : toIdentifier(promptId),
    signal,
    event: eventOf(payload, signal),
    confirmedBy: 'hook',
    dedupeKey: isProbe ? null : dedupeKey,
    reportedAt: null,
  }
}

function projectOf(payload: HookPayload, context: HookContext): ReportedProject {
  return projectOfWorkspace({
    repository: payload.text('repository'),
    host: firstLine(payload.text('host') ?? context.host ?? '', 200) || null,
    directory: payload.text('git_root') ?? payload.text('cwd'),
  })
}

/** A child reports under its parent's session, with an id of its own beside it. */
function agentOf(payload: HookPayload, reporter: string, childId: string | null): ReportedAgent {
  const sessionId = toIdentifier(payload.session)
  const sessionKey = `${reporter}/${sessionId}`
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
export function dedupeKeyOf(
  payload: HookPayload,
  { reporter, promptId, childId }: Pick<HookDialect, 'reporter' | 'promptId' | 'childId'>,
): string | null {
  if (payload.event === 'PermissionRequest') return null
  const toolUse = payload.text('tool_use_id')
  if (toolUse === null && promptId === null) return null
  const call = toolUse === null ? ['prompt', promptId, hashJson(payload.fields)] : ['tool', toolUse]
  return hashKey(reporter, [payload.session, payload.event, childId, ...call])
}

/** A key of the reporter for whatever counts once; the parts may be long and hold anything. */
export function hashKey(reporter: string, parts: readonly (string | null)[]): string {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex')
  return `${reporter}/${hash.slice(0, 40)}`
}
