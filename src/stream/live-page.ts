import type { EventRow } from '../log/event-row'
import type { AppendList, Region } from './region'

/** A page that can be kept up to date: a topic of the page streams. */
export interface LivePage {
  /** Shortest time between two updates, in ms, for a page that costs much; the last one always comes. */
  readonly minUpdateIntervalMs?: number
  /** Reads what the page shows, as of the row `through` or later. */
  load(through: number): Promise<void>
  /** Whether the row can change anything on the page. */
  concerns(row: EventRow): boolean
  /**
   * Takes new rows, oldest first, and whatever else has changed since the last call. Rows that it
   * has taken before are passed over: after a fault they are given again.
   */
  update(rows: readonly EventRow[]): Promise<void> | void
  /** What the page is made of now. */
  parts(): PageParts
  /**
   * A region beside the others, where the page has one: it says how old the page is, which shows no
   * more than was known at `asOf`; null: it is up to date.
   */
  renderAsOf?(asOf: Date | null): Region
}

/** A page that is asked for: those with equal keys are one page. */
export interface PageRequest {
  readonly key: string
  /** Its name in frames, the same for every scope. */
  readonly topic: string
  open(): LivePage
}

export interface PageParts {
  readonly regions: readonly Region[]
  readonly lists: readonly AppendList[]
}
