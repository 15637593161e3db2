import type { Database } from '../db/connect'
import type { RosterView } from '../fleet/scoped-roster'
import type { Scope } from '../log/scope'

/** What pages are made from. */
export interface PageData {
  readonly db: Database
  readonly roster: RosterView
  /** What whoever looks may see; the roster holds no more than that. */
  readonly scope: Scope
  /** Whose views may be shown; null: nobody's. */
  readonly owner: string | null
  /** Where this Muster is reached, for commands to copy. */
  readonly address: string
}
