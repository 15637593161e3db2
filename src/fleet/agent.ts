import type { State } from '../log/state'
import type { AgentMemory } from './machine/memory'
import type { ConfirmedBy, Overlay } from './state'

/** One session of a coding agent, or a subagent of one (then `parentId` is set). Never mutated. */
export interface Agent {
  readonly id: number
  readonly projectId: number
  readonly parentId: number | null
  /** The session that this one went on from after its context was cleared. */
  readonly continuesId: number | null
  /** Which adapter reported it: `claude-code`, `codex`, `api`. */
  readonly reporter: string
  readonly key: string
  /** The session id that the reporter uses; of the parent, for a child. */
  readonly sessionId: string
  /** What people call it: a reported name, else the first 8 characters of its id. */
  readonly name: string
  /** What it is about: the session's title or its last prompt; empty where neither is known. */
  readonly title: string
  readonly agentType: string | null
  readonly model: string | null
  readonly discoveredAt: Date
  /** When it last reported anything. */
  readonly lastSeenAt: Date
  readonly state: State
  readonly stateSince: Date
  readonly confirmedAt: Date
  readonly confirmedBy: ConfirmedBy
  readonly overlays: readonly Overlay[]
  readonly memory: AgentMemory
  /** When it was put away; unless it was heard of since, it is on no board. */
  readonly archivedAt: Date | null
  /** What it used so far; null where none was reported. Often includes its subagents' usage. */
  readonly usage?: AgentUsage | null
}

export interface AgentUsage {
  /** Read and written, cached ones left out. */
  readonly tokens: number
  readonly costUsd: number
}

export interface Project {
  readonly id: number
  readonly slug: string
  readonly name: string
  readonly host: string | null
  readonly path: string | null
  /** Its agents that have not been heard of since are on no board. */
  readonly archivedAt: Date | null
  /** The project that it counts as since it was merged. */
  readonly mergedInto: number | null
  /** Made up, to show what Muster looks like. */
  readonly isDemo: boolean
}
