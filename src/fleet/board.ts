import type { Filter } from '../filter/filter'
import type { EventRow } from '../log/event-row'
import type { Agent, Project } from './agent'
import type { BoardPlace } from './board-place'
import type { ProjectHealth } from './card'

export interface Counts {
  readonly awaiting: number
  readonly working: number
  readonly idle: number
}

/** An agent on the board with its children that have not ended, oldest first. */
export interface SessionCard {
  readonly agent: Agent
  readonly children: readonly Agent[]
  /** How many children it has beside these. */
  readonly moreChildren?: number
}

export interface ProjectSection {
  readonly project: Project
  /** Of all sessions that the page selects, also where it does not show all of them. */
  readonly light: ProjectHealth
  readonly counts: Counts
  readonly total: number
  readonly lastSeenAt: Date | null
  /** Those that are shown: who needs a human first, then by state; the longest in its state first. */
  readonly sessions: readonly SessionCard[]
}

/** A session that waits for a human, and for what. `agent` may be a child of `session`. */
export interface Waiting {
  readonly session: Agent
  readonly agent: Agent
  readonly project: Project
  readonly ask: string
  readonly askKind: string
  readonly since: Date
}

export type AttentionKind = 'input' | 'failed' | 'stuck' | 'finished'

/** Something that a reader may want a notification of, for as long as it is true. */
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

/** The names of the projects and agents that a filter names, where they are known. */
export interface Chosen {
  readonly projects: readonly { readonly ref: string | number; readonly name: string }[]
  readonly agents: readonly Pick<Agent, 'id' | 'name'>[]
}

export interface Board {
  readonly filter: Filter
  /** Where this page begins; null for the first. */
  readonly place: BoardPlace | null
  /** Of all sessions that the filter selects, on whatever page they are. */
  readonly counts: Counts
  readonly total: number
  /** Where the next page begins; null where there is none. */
  readonly next: BoardPlace | null
  /** The sessions that have waited the longest, at most five, and how many wait. */
  readonly waiting: readonly Waiting[]
  readonly waitingCount: number
  /** By name. */
  readonly sections: readonly ProjectSection[]
  /** Newest first, at most 50. */
  readonly feed: readonly FeedLine[]
  readonly chosen: Chosen
}

/** How many sessions the page shows. */
export function shownIn({ sections }: Pick<Board, 'sections'>): number {
  return sections.reduce((sum, { sessions }) => sum + sessions.length, 0)
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
