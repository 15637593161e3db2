import type { State } from '../../log/state'
import type { AskKind, BackgroundTask } from './signal'

/**
 * Stored as JSON in `agents.memory`: a name that changes needs a migration of all rows. Times are
 * milliseconds since 1970.
 */
export interface AgentMemory {
  /** The agent's key; turn ids are derived from it. */
  key: string
  isChild: boolean
  /** The label that was last announced: the next transition starts from it. */
  state: State
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
  /** The call that was started last, and how many times in a row. */
  repeated: { hash: string; summary: string; count: number } | null
  /** Set by the clock, cleared by any sign of life. Only children get as far as `silent`. */
  silence: Silence | null
  /** Why the overlay `stuck` is on; null while it is off. */
  stuckReason: string | null
  /** The agent's last words ended in a question. */
  mayWantAnswer: boolean
  /** State that a program reported outright; wins over what the rest would say. */
  reported: State | null
  reportedAt: number
  /** A person has looked at the outcome of the last turn. */
  seen: boolean
  lastPrompt: string
  lastMessage: string
  /** When the agent itself last gave a sign of life. */
  heardAt: number
}

export type Silence = 'quiet' | 'stuck' | 'silent'

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
  hash: string
  summary: string
  startedAt: number
  limitMs: number | null
  keyIsHash: boolean
  /** Set by the clock. */
  overdue: boolean
}

/** An open request for a human. */
export interface Ask {
  key: string
  kind: AskKind
  /** The call it blocks, where that is known. */
  toolKey: string | null
  toolName: string | null
  summary: string
  openedAt: number
  /** Known from a notification alone, which comes seconds late and names no call. */
  fromNotice: boolean
  /** Set by the clock once it has waited for ten minutes. */
  escalated: boolean
}

interface ChildSummary {
  state: State
  asks: number
  startedAt: number
  silence: Silence | null
}

export const BOUNDS = {
  tools: 64,
  asks: 32,
  background: 64,
  children: 200,
  closedPrompts: 8,
  failures: 8,
  text: 2000,
} as const

/** A new agent: alive and idle. */
export function newMemory(key: string, at: number, isChild = false): AgentMemory {
  return {
    key,
    isChild,
    state: 'idle',
    ended: null,
    turn: null,
    closedPrompts: [],
    turnCount: 0,
    tools: [],
    asks: [],
    background: [],
    children: {},
    compacting: false,
    failures: [],
    repeated: null,
    silence: null,
    stuckReason: null,
    mayWantAnswer: false,
    reported: null,
    reportedAt: at,
    seen: false,
    lastPrompt: '',
    lastMessage: '',
    heardAt: at,
  }
}
