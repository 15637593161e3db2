import type { Database } from '../db/connect'
import type { RosterView } from '../fleet/roster-view'
import type { Scope } from '../log/scope'

/** What pages are made from. */
export interface PageData {
  readonly db: Database
  readonly roster: RosterView
  /** What whoever looks may see; the roster holds no more than that. */
  readonly scope: Scope
  /** Where this Muster is reached, for commands to copy. */
  readonly address: string
}
