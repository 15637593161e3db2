import type { Report } from './report'

/** How many projects and sessions reports register; subagents count as sessions. */
export interface Newcomers {
  readonly sessions: number
  readonly projects: number
}

/** How much that is new one sender may bring. */
export interface Allowance {
  /** The same for all requests of a sender. */
  readonly sender: string
  /** Why so many may not be registered, where `pending` are about to be; null: they may. */
  refuse(wanted: Newcomers, pending: Newcomers): Error | null
  /** Called when they are committed. */
  charge(registered: Newcomers): void
}

/** The projects that a token may report for; null: all, and new ones. */
export type AllowedProjects = readonly number[] | null

export interface ReportJob {
  readonly reports: readonly Report[]
  readonly bounds: AllowedProjects
  /** How much that is new its sender may bring; null: without limit. */
  readonly allowance: Allowance | null
}

/** What a request is answered after its commit. */
export interface Receipt {
  accepted: number
  duplicates: number
  /** The id of the last row that it caused; the tail of the log if everything was a duplicate. */
  lastId: number
}
