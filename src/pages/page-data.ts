import type { Database } from '../db/connect'
import type { Roster } from '../fleet/roster'

/** What pages are made from. */
export interface PageData {
  readonly db: Database
  readonly roster: Roster
  /** Where this Muster is reached, for commands to copy. */
  readonly address: string
}
