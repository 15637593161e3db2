import type { EventRow } from '../log/event-row'
import type { Agent, Project } from './agent'
import type { State } from './state'

/** What people can narrow a page to. Sorted and without doubles; an empty list selects all. */
export interface PageFilter {
  readonly projects: readonly string[]
  readonly agents: readonly number[]
  readonly states: readonly State[]
  readonly types: readonly string[]
}

export type Light = 'red' | 'yellow' | 'green'

export interface Counts {
  readonly awaiting: number
  readonly working: number
  readonly idle: number
}

/** An agent on the board with its children that have not ended, oldest first. */
export interface Session {
  readonly agent: Agent
  readonly children: readonly Agent[]
}

export interface ProjectSection {
  readonly project: Project
  readonly light: Light
  readonly counts: Counts
  readonly heardAt: Date | null
  /** Who needs a human first, then by state; the longest in its state first. */
  readonly sessions: readonly Session[]
}

/** Who waits for a human, and for what; longest first. `agent` may be a child of `session`. */
export interface Waiting {
  readonly session: Agent
  readonly agent: Agent
  readonly project: Project
  readonly ask: string
  readonly askKind: string
  readonly since: Date
}

export type AttentionKind = 'input' | 'failed' | 'stuck' | 'finished'

/** Something that a human may want to be told of, for as long as it is true. */
export interface AttentionItem {
  /** The same for as long as it is the same ask, or the same stay in a state. */
  readonly key: string
  readonly kind: AttentionKind
  /** Whose page tells more; what is open may be a child's. */
  readonly session: Agent
  /** What is asked, what went wrong, or what was said last; may be empty. */
  readonly text: string
  readonly since: Date
}

/** What needs a human in the whole fleet, whatever a page is narrowed to. */
export interface Attention {
  /** How many sessions await input. */
  readonly waiting: number
  /** Newest first, at most 50. */
  readonly items: readonly AttentionItem[]
}

export interface FeedLine {
  readonly row: EventRow
  readonly project: Project | null
  readonly agent: Agent | null
}

export interface Board {
  readonly filter: PageFilter
  readonly counts: Counts
  readonly waiting: readonly Waiting[]
  readonly sections: readonly ProjectSection[]
  /** Newest first, at most 50. */
  readonly feed: readonly FeedLine[]
  /** Of all sessions, whatever the filter selects. */
  readonly attention: Attention
  /** Everything there is to choose from, whatever the filter selects. */
  readonly choices: {
    readonly projects: readonly Project[]
    readonly agents: readonly Agent[]
    readonly types: readonly string[]
  }
}

/** One turn of an agent and what happened in it, oldest first. */
export interface TimelineTurn {
  readonly id: string | null
  readonly openedAt: Date
  readonly closedAt: Date | null
  readonly outcome: string | null
  readonly prompt: string
  readonly lines: readonly FeedLine[]
}
