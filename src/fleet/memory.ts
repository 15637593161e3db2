import type { BackgroundTask } from './signal'
import type { State } from './state'

/** All times in here are milliseconds since 1970; all of it survives JSON. */
export interface AgentMemory {
  /** The agent's key; turn ids are derived from it. */
  key: string
  /** Null while the session lives. */
  ended: { reason: string; at: number } | null
  turn: Turn | null
  /** Prompt ids of the last turns that were closed, newest first, at most 8. */
  closedPrompts: string[]
  turnCount: number
  tools: OpenTool[]
  asks: Ask[]
  background: BackgroundTask[]
  /** Children that live, by their key. */
  children: Record<string, ChildSummary>
  compacting: boolean
  /** The last failures of tools since the last prompt, newest first, at most 8. */
  failures: { tool: string; summary: string; at: number }[]
  /** Set by the clock, cleared by any sign of life. */
  silence: 'quiet' | 'stuck' | null
  stuckReason: string | null
  /** The agent's last words ended in a question. */
  mayWantAnswer: boolean
  /** State that a program reported outright; wins over what the rest would say. */
  reported: State | null
  lastPrompt: string
  lastMessage: string
  /** When the agent itself last gave a sign of life. */
  heardAt: number
}

export interface Turn {
  /** UUID, the same whenever it is derived again from the same prompt. */
  id: string
  promptId: string | null
  openedAt: number
  closedAt: number | null
  outcome: 'complete' | 'errored' | 'interrupted' | null
  error: string | null
  /** Anything was done since the prompt. */
  active: boolean
}

export interface OpenTool {
  key: string
  name: string
  summary: string
  startedAt: number
  limitMs: number | null
  keyIsHash: boolean
}

/** An open request for a human. */
export interface Ask {
  key: string
  kind: 'permission' | 'question' | 'plan' | 'elicitation'
  /** The call it blocks, where that is known. */
  toolKey: string | null
  toolName: string | null
  summary: string
  openedAt: number
}

export interface ChildSummary {
  state: State
  asks: number
  startedAt: number
}
