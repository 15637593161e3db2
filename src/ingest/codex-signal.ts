import type { Signal, ToolCall } from '../fleet/machine/signal'
import { type HookPayload, isObject } from './hook-payload'
import { signalOf } from './hook-signal'

/** What a hook of Codex means, where that is not what the same name means for Claude Code. */
export function codexSignalOf(payload: HookPayload, isChild: boolean): Signal {
  const signal = meaningOf(payload)
  if (isChild && (signal.kind === 'turn_finished' || signal.kind === 'turn_interrupted')) {
    // A subagent has one turn: without SubagentStop, which came later, its end is this.
    return { kind: 'child_finished', message: 'message' in signal ? signal.message : null }
  }
  // Codex does not report a command's time limit, and Claude Code's two minutes are not its own.
  return 'tool' in signal ? { ...signal, tool: withoutLimit(signal.tool) } : signal
}

function meaningOf(payload: HookPayload): Signal {
  switch (payload.event) {
    case 'Interrupt':
      return { kind: 'turn_interrupted' }
    case 'AgentTurnComplete':
      return signalOf(payload.as('Stop'))
    case 'PermissionRequest':
      return signalOf(withoutReason(payload))
    default:
      return signalOf(payload)
  }
}

/** The call's input has a reason for the request put into it, so it would not be found again. */
function withoutReason(payload: HookPayload): HookPayload {
  const { tool_input } = payload.fields
  if (!isObject(tool_input)) return payload
  const { description: _, ...input } = tool_input
  return payload.with({ tool_input: input })
}

function withoutLimit(tool: ToolCall): ToolCall {
  return { ...tool, limitMs: null }
}
