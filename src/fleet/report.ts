import type { JsonObject } from '../log/event-row'
import type { Signal } from './machine/signal'
import type { ConfirmedBy } from './state'

/** One report of an agent or a program, in the form that every adapter shares. */
export interface Report {
  /** The adapter: `claude-code`, `codex`, `api`. */
  reporter: string
  project: ReportedProject
  agent: ReportedAgent | null
  /** The prompt that it belongs to, where the agent says so. */
  promptId: string | null
  signal: Signal
  /** The row that the report itself becomes; further rows follow from what it changes. */
  event: ReportedEvent
  /** Tokens and money that it reports: a row of its own. */
  usage?: ReportedUsage | null
  confirmedBy: ConfirmedBy
  /** Counts once in its project; null where a repetition is a report of its own. */
  dedupeKey: string | null
  reportedAt: Date | null
}

export interface ReportedProject {
  /** The repository, else host and directory: equal paths on two machines stay apart. */
  key: string
  name: string
  host: string | null
  path: string | null
}

export interface ReportedAgent {
  /** Unique over all projects: reporter, session and, for a child, its own id. */
  key: string
  sessionId: string
  /** Set for a child; its parent is registered along with it. */
  parentKey: string | null
  /** Null where only the session's id is known. */
  name: string | null
  title: string | null
  agentType: string | null
  model: string | null
  /** The report says too little to register an agent by: for an unknown one, it is about the project. */
  onlyIfKnown?: true
}

/** The keys under which an agent and, for a child, its parent are registered. */
export function keysOf({ key, parentKey }: ReportedAgent): string[] {
  return parentKey === null ? [key] : [key, parentKey]
}

export interface ReportedEvent {
  type: string
  summary: string
  /** Flat facts under snake_case names; the raw payload, cut where it is long, under `payload`. */
  data: JsonObject
}

/** What an agent used, in whole tokens and dollars; 0 where it did not say. */
export interface ReportedUsage {
  /** A program's own account, one request of an agent, or a sum over a time. */
  readonly source: 'report' | 'request' | 'metric'
  readonly model: string | null
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cacheReadTokens: number
  readonly cacheCreationTokens: number
  readonly costUsd: number
}
