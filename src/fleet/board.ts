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
