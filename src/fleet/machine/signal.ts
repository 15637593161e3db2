import type { State } from '../../log/state'

/** One call of a tool. `key` is the id that the agent sent, or one made of name and input. */
export interface ToolCall {
  key: string
  name: string
  /** Of the name and the whole input: finds the call again where a payload carries no id. */
  hash: string
  /** The argument a person would recognise the call by: a command, a path, a pattern. */
  summary: string
  /** How long the call may take by its own account, in ms; null where it does not say. */
  limitMs: number | null
  /** True where `key` was made up because the agent sent none. */
  keyIsHash: boolean
}

export type AskKind = 'permission' | 'question' | 'plan' | 'elicitation'

export type Decision = 'accepted' | 'rejected' | 'aborted'

/** Work that goes on after a turn ended, as the agent lists it. */
export interface BackgroundTask {
  id: string
  type: string
  description: string
}

/**
 * What a report means to the state of an agent, from any reporter. Adapters translate payloads into
 * signals; only the state machine reads them.
 */
export type Signal =
  | { kind: 'session_started'; source: string }
  | { kind: 'prompted'; text: string; injected: boolean }
  | { kind: 'progressed' }
  /** It was at work a few seconds ago: telemetry comes late, so this opens nothing that is over. */
  | { kind: 'observed' }
  /** Telemetry of an answer to a permission request, or of a person who stopped the agent there. */
  | { kind: 'decided'; toolKey: string | null; toolName: string; decision: Decision }
  | { kind: 'tool_started'; tool: ToolCall; asks: 'question' | 'plan' | null }
  | { kind: 'tool_finished'; tool: ToolCall; durationMs: number | null }
  /** `interrupted`: a person stopped it, so it says nothing about the agent's luck. */
  | {
      kind: 'tool_failed'
      tool: ToolCall
      durationMs: number | null
      error: string
      interrupted?: boolean
    }
  | { kind: 'tools_finished'; tools: ToolCall[] }
  | { kind: 'permission_requested'; tool: ToolCall; asks?: AskKind }
  | { kind: 'permission_denied'; tool: ToolCall; reason: string }
  | { kind: 'elicitation_opened'; key: string | null; summary: string }
  | { kind: 'elicitation_closed'; key: string | null; how: string }
  /** `toolNames`: what the tool may be called that the message speaks of. */
  | { kind: 'notified'; type: string; message: string; toolNames?: string[] }
  | { kind: 'child_started' }
  | { kind: 'child_finished'; message: string | null }
  | { kind: 'turn_finished'; message: string | null; background: BackgroundTask[] | null }
  | { kind: 'turn_failed'; error: string; details: string | null }
  /** A person stopped the agent: it waits for the next prompt. */
  | { kind: 'turn_interrupted' }
  | { kind: 'compacting'; on: boolean }
  | { kind: 'session_ended'; reason: string }
  | { kind: 'state_reported'; state: State; summary: string }
  /** Changes nothing but shows that the agent lives. */
  | { kind: 'noted' }
  /** Changes nothing at all: an unknown event, or one that may come after a session's end. */
  | { kind: 'logged' }
