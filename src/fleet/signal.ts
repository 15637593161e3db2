import type { State } from './state'

/** One call of a tool. `key` is the id that the agent sent, or one made of agent, name and input. */
export interface ToolCall {
  key: string
  name: string
  /** The argument a person would recognise the call by: a command, a path, a pattern. */
  summary: string
  /** How long the call may take by its own account, in ms; null where it does not say. */
  limitMs: number | null
  /** True where `key` was made up because the agent sent none. */
  keyIsHash: boolean
}

/** Work that goes on after a turn ended, as the agent lists it. */
export interface BackgroundTask {
  id: string
  type: string
  description: string
}

/**
 * What a report means to the state of an agent, whoever sent it. Adapters translate payloads into
 * signals; only the state machine reads them.
 */
export type Signal =
  | { kind: 'session_started'; source: string }
  | { kind: 'prompted'; text: string; injected: boolean }
  | { kind: 'progressed' }
  | { kind: 'tool_started'; tool: ToolCall; asks: 'question' | 'plan' | null }
  | { kind: 'tool_finished'; tool: ToolCall; durationMs: number | null }
  | { kind: 'tool_failed'; tool: ToolCall; durationMs: number | null; error: string }
  | { kind: 'tools_finished'; tools: ToolCall[] }
  | { kind: 'permission_requested'; tool: ToolCall }
  | { kind: 'permission_denied'; tool: ToolCall; reason: string }
  | { kind: 'elicitation_opened'; key: string | null; summary: string }
  | { kind: 'elicitation_closed'; key: string | null; how: string }
  | { kind: 'notified'; type: string; message: string }
  | { kind: 'child_started' }
  | { kind: 'child_finished'; message: string | null }
  | { kind: 'turn_finished'; message: string | null; background: BackgroundTask[] | null }
  | { kind: 'turn_failed'; error: string; details: string | null }
  | { kind: 'compacting'; on: boolean }
  | { kind: 'session_ended'; reason: string }
  | { kind: 'state_reported'; state: State; summary: string }
  | { kind: 'noted' }
