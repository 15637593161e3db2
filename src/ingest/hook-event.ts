import type { Signal, ToolCall } from '../fleet/machine/signal'
import type { ReportedEvent } from '../fleet/report'
import { cutText, endsInQuestion, firstLine } from '../fleet/text'
import type { JsonObject } from '../log/event-row'
import { clean } from './clean'
import { cleanString } from './clean-string'
import type { HookPayload } from './hook-payload'
import { notificationType } from './hook-signal'

/** `muster connect --check` sends it through every hook: it proves the way and changes no state. */
export const PROBE = 'MusterCheck'

const SUMMARY_LENGTH = 200
const TEXT_LENGTH = 2000

/** The row of the log that a hook becomes. */
export function eventOf(payload: HookPayload, signal: Signal): ReportedEvent {
  const row = rowOf(payload, signal)
  const summary = firstLine(row.summary, SUMMARY_LENGTH) || payload.event.slice(0, SUMMARY_LENGTH)
  return { ...row, summary, data: { ...row.data, payload: clean(payload.fields) } }
}

function rowOf(payload: HookPayload, signal: Signal): ReportedEvent {
  switch (signal.kind) {
    case 'prompted':
      return promptRow(payload, signal.text, signal.injected)
    case 'tool_started':
    case 'tool_finished':
    case 'tool_failed':
      return toolRow(payload, signal)
    case 'permission_requested': {
      const { name, summary } = signal.tool
      const asks = signal.asks ?? 'permission'
      return askRow(asks, name, summary === '' ? name : `${name}: ${summary}`)
    }
    case 'elicitation_opened':
      return askRow('elicitation', null, signal.summary)
    case 'elicitation_closed': {
      const data = { ask: 'elicitation', tool_name: null, how: signal.how }
      return { type: 'ask_closed', summary: `Elicitation: ${signal.how}`, data }
    }
    case 'turn_finished':
      return signal.message === null ? otherRow(payload) : closingRow(signal.message)
    case 'turn_failed':
      return { ...otherRow(payload), data: { error: signal.error } }
    case 'permission_denied':
      return deniedRow(payload, signal)
    case 'tools_finished':
      return { ...otherRow(payload), summary: batchSummary(signal.tools) }
    case 'session_ended': {
      const data = { reason: signal.reason, session_uuid: cleanString(payload.session, 600) }
      return { type: 'session_ended', summary: `Session ended: ${signal.reason}`, data }
    }
    default:
      return otherRow(payload)
  }
}

function promptRow(payload: HookPayload, said: string, injected: boolean): ReportedEvent {
  // The expansion of a slash command comes with a submit of its own, which is the prompt.
  if (payload.event !== 'UserPromptSubmit') return otherRow(payload)
  const text = cutText(said, TEXT_LENGTH)
  const data = {
    actor: injected ? 'agent' : 'user',
    intent: injected ? 'progress' : 'command',
    text,
  }
  const summary = injected ? 'A background task reported back' : text
  return { type: 'turn_detected', summary, data }
}

function closingRow(said: string): ReportedEvent {
  const text = cutText(said, TEXT_LENGTH)
  const data = { actor: 'agent', intent: endsInQuestion(said) ? 'question' : 'completion', text }
  return { type: 'turn_detected', summary: text, data }
}

type ToolSignal = Extract<Signal, { kind: 'tool_started' | 'tool_finished' | 'tool_failed' }>

function toolRow(payload: HookPayload, signal: ToolSignal): ReportedEvent {
  const { name, summary: telling, key, keyIsHash } = signal.tool
  const called = telling === '' ? name : `${name}: ${telling}`
  const data: JsonObject = { tool_name: name, tool_use_id: keyIsHash ? null : key }
  if (signal.kind === 'tool_started') return { type: signal.kind, summary: called, data }
  if (signal.durationMs !== null) data.duration_ms = signal.durationMs
  if (signal.kind === 'tool_finished') return { type: signal.kind, summary: called, data }
  data.error = cutText(signal.error, SUMMARY_LENGTH)
  if (payload.isTrue('is_interrupt')) data.is_interrupt = true
  return { type: signal.kind, summary: `${called}: ${firstLine(signal.error, 100)}`, data }
}

function deniedRow(
  payload: HookPayload,
  { tool, reason }: Extract<Signal, { kind: 'permission_denied' }>,
): ReportedEvent {
  const { name, key, keyIsHash } = tool
  const data = {
    tool_name: name,
    tool_use_id: keyIsHash ? null : key,
    reason: cutText(reason, 200),
  }
  return { ...otherRow(payload), summary: `${name} denied: ${reason || 'no reason given'}`, data }
}

function batchSummary(tools: readonly ToolCall[]): string {
  const names = tools.map((tool) => tool.name).join(', ')
  return names === '' ? 'Tools finished' : `Finished together: ${names}`
}

function askRow(ask: string, toolName: string | null, asked: string): ReportedEvent {
  const summary = firstLine(asked, SUMMARY_LENGTH)
  return { type: 'ask_opened', summary, data: { ask, tool_name: toolName, summary } }
}

function otherRow(payload: HookPayload): ReportedEvent {
  const { event } = payload
  if (event === 'Notification') {
    const message = cleanString(payload.text('message') ?? '', TEXT_LENGTH)
    const data = { notification_type: notificationType(payload), message }
    return { type: 'notification', summary: message, data }
  }
  if (event === PROBE) {
    const data = { session_uuid: cleanString(payload.session, 600) }
    return { type: typeOf(event), summary: 'A hook was tried out', data }
  }
  if (event === 'SubagentStart' || event === 'SubagentStop') return childRow(payload)
  return { type: typeOf(event), summary: tellingText(payload), data: {} }
}

function childRow(payload: HookPayload): ReportedEvent {
  const isStart = payload.event === 'SubagentStart'
  const kind = firstLine(payload.text('agent_type') ?? '', 100)
  const said = firstLine(payload.text('last_assistant_message') ?? '', 150)
  const what = `${kind || 'Subagent'} ${isStart ? 'started' : 'finished'}`
  const type = isStart ? 'subagent_started' : 'subagent_finished'
  const summary = said === '' ? what : `${what}: ${said}`
  return { type, summary, data: { agent_type: kind || null } }
}

/** `hook_` and the event's name in snake case, whatever characters the name has. */
function typeOf(event: string): string {
  const words = event
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
  return `hook_${words || 'unknown'}`.slice(0, 64).replace(/_+$/, '')
}

const TELLING_FIELDS = [
  'task_subject',
  'compact_summary',
  'error_details',
  'error',
  'reason',
  'delta',
  'teammate_name',
  'file_path',
  'directory',
  'worktree_path',
  'new_cwd',
  'name',
  'source',
  'trigger',
  'prompt',
  'message',
]

/** The event's name as words, and what it is about. */
function tellingText(payload: HookPayload): string {
  const name = cleanString(payload.event, 200).replace(/([a-z0-9])([A-Z])/g, '$1 $2')
  const told = TELLING_FIELDS.map((field) => payload.text(field)).find((text) => text !== null)
  const line = firstLine(told ?? '', 150)
  return line === '' ? name : `${name}: ${line}`
}
