import type { BackgroundTask, Signal } from '../fleet/machine/signal'
import { cleanString } from './clean-string'
import type { HookPayload } from './hook-payload'
import { askOf, toolCallOf, toolNamesIn } from './hook-tools'
import { toIdentifier } from './identifier'

const TEXT_BYTES = 8192

/** Events that show that the agent lives, and change nothing else. */
const NOTED = new Set([
  'Setup',
  'InstructionsLoaded',
  'TaskCreated',
  'TaskCompleted',
  'TeammateIdle',
  'ConfigChange',
  'CwdChanged',
  'DirectoryAdded',
  'FileChanged',
  'WorktreeCreate',
])

/**
 * What a hook means to the state of its agent, in the names that Claude Code gave to events and
 * that others took over. Unknown events mean nothing.
 */
export function signalOf(payload: HookPayload): Signal {
  switch (payload.event) {
    case 'SessionStart':
      return { kind: 'session_started', source: payload.text('source') ?? 'startup' }
    case 'UserPromptSubmit':
    case 'UserPromptExpansion':
      return promptIn(payload)
    case 'MessageDisplay':
      return { kind: 'progressed' }
    case 'Notification':
      return notificationIn(payload)
    case 'Elicitation':
      return { kind: 'elicitation_opened', key: elicitationKey(payload), summary: asked(payload) }
    case 'ElicitationResult':
      return {
        kind: 'elicitation_closed',
        key: elicitationKey(payload),
        how: text(payload, 'action') ?? 'answered',
      }
    case 'SubagentStart':
    case 'SubagentStop':
      return childSignal(payload)
    case 'Stop':
      return {
        kind: 'turn_finished',
        message: text(payload, 'last_assistant_message'),
        background: backgroundIn(payload),
      }
    case 'StopFailure':
      return {
        kind: 'turn_failed',
        error: text(payload, 'error') ?? 'unknown',
        details: text(payload, 'error_details') ?? text(payload, 'last_assistant_message'),
      }
    case 'PreCompact':
    case 'PostCompact':
      return { kind: 'compacting', on: payload.event === 'PreCompact' }
    case 'SessionEnd':
      return { kind: 'session_ended', reason: text(payload, 'reason') ?? 'other' }
    default:
      return toolSignal(payload) ?? { kind: NOTED.has(payload.event) ? 'noted' : 'logged' }
  }
}

function toolSignal(payload: HookPayload): Signal | null {
  if (payload.event === 'PostToolBatch') {
    const calls = payload.objects('tool_calls') ?? []
    const tools = calls.slice(0, 256).map((call) =>
      toolCallOf({
        name: typeof call.tool_name === 'string' ? call.tool_name : '',
        input: call.tool_input,
        id: typeof call.tool_use_id === 'string' ? call.tool_use_id : null,
      }),
    )
    return { kind: 'tools_finished', tools }
  }
  if (!TOOL_EVENTS.has(payload.event)) return null
  const tool = toolIn(payload)
  const durationMs = payload.number('duration_ms')
  switch (payload.event) {
    case 'PreToolUse':
      return { kind: 'tool_started', tool, asks: askOf(tool.name) }
    case 'PostToolUse':
      return { kind: 'tool_finished', tool, durationMs }
    case 'PostToolUseFailure': {
      const error = text(payload, 'error') ?? 'failed'
      const interrupted = payload.isTrue('is_interrupt')
      return { kind: 'tool_failed', tool, durationMs, error, interrupted }
    }
    case 'PermissionDenied':
      return { kind: 'permission_denied', tool, reason: text(payload, 'reason') ?? '' }
    default:
      return { kind: 'permission_requested', tool, asks: askOf(tool.name) ?? 'permission' }
  }
}

const TOOL_EVENTS = new Set([
  'PreToolUse',
  'PostToolUse',
  'PostToolUseFailure',
  'PermissionRequest',
  'PermissionDenied',
])

function toolIn(payload: HookPayload) {
  return toolCallOf({
    name: payload.text('tool_name') ?? '',
    input: payload.fields.tool_input,
    id: payload.text('tool_use_id'),
  })
}

/** A finished background task comes back as a prompt that no person typed. */
function promptIn(payload: HookPayload): Signal {
  const prompt = text(payload, 'prompt') ?? ''
  return { kind: 'prompted', text: prompt, injected: /^\s*<task-notification>/u.test(prompt) }
}

/** Old clients leave the type out; their words give it away. */
export function notificationType(payload: HookPayload): string {
  const type = payload.text('notification_type')
  if (type !== null) return cleanString(type, 100)
  const message = (payload.text('message') ?? '').slice(0, 500)
  if (/needs your (permission|approval)/iu.test(message)) return 'permission_prompt'
  return /waiting for your input/iu.test(message) ? 'idle_prompt' : 'unknown'
}

function notificationIn(payload: HookPayload): Signal {
  const message = text(payload, 'message') ?? ''
  const type = notificationType(payload)
  const isKnown = NOTIFICATIONS.has(type)
  return isKnown
    ? { kind: 'notified', type, message, toolNames: toolNamesIn(message) }
    : { kind: 'logged' }
}

const NOTIFICATIONS = new Set([
  'permission_prompt',
  'idle_prompt',
  'auth_success',
  'elicitation_dialog',
  'elicitation_url_dialog',
  'elicitation_complete',
  'elicitation_response',
  'agent_needs_input',
  'agent_completed',
])

function elicitationKey(payload: HookPayload): string | null {
  const id = payload.text('elicitation_id') ?? payload.text('mcp_server_name')
  return id === null ? null : toIdentifier(id)
}

function asked(payload: HookPayload): string {
  const server = text(payload, 'mcp_server_name')
  const message = text(payload, 'message') ?? 'asks for input'
  return server === null ? message : `${server}: ${message}`
}

/** Old clients do not say which child it was: then it says nothing about any agent's state. */
function childSignal(payload: HookPayload): Signal {
  if (payload.text('agent_id') === null) return { kind: 'logged' }
  if (payload.event === 'SubagentStart') return { kind: 'child_started' }
  return { kind: 'child_finished', message: text(payload, 'last_assistant_message') }
}

const FINISHED = new Set(['completed', 'failed', 'killed', 'cancelled', 'stopped'])

/** Null where the client does not list them at all, which is not the same as none. */
function backgroundIn(payload: HookPayload): BackgroundTask[] | null {
  const tasks = payload.objects('background_tasks')
  if (tasks === null) return null
  const running = tasks.filter(({ status }) => !FINISHED.has(String(status)))
  return running.slice(0, 256).map((task, index) => {
    const said = task.description ?? task.command ?? task.name
    return {
      id: typeof task.id === 'string' ? toIdentifier(task.id) : `#${index}`,
      type: typeof task.type === 'string' ? cleanString(task.type, 100) : 'unknown',
      description: typeof said === 'string' ? cleanString(said, 400) : '',
    }
  })
}

function text(payload: HookPayload, field: string): string | null {
  const value = payload.text(field)
  return value === null ? null : cleanString(value, TEXT_BYTES)
}
