import type { Database } from '../db/connect'
import type { RosterView } from '../fleet/scoped-roster'
import type { EventRow } from '../log/event-row'
import { isVisible, type Scope } from '../log/scope'
import type { LivePage, PageParts } from '../stream/live-page'
import { limitTime } from './too-slow'

/** What pages are made from. */
export interface PageData {
  readonly db: Database
  readonly roster: RosterView
  /** What may be seen on the page; the roster holds no more than that. */
  readonly scope: Scope
  /** The owner whose views may be shown; null: none. */
  readonly owner: string | null
  /** Where this Muster is reached, for commands to copy. */
  readonly address: string
}

/** What a page knows, and how it follows the log. */
export interface PageState<Model> {
  /** Shortest time between two updates, in ms, for a page that costs much; the last one always comes. */
  readonly minUpdateIntervalMs?: number
  /** Reads what the page shows, as of the row `through` or later. Throws NotFound. */
  load(through: number): Promise<void>
  /** Whether a row that may be seen, or that bypasses the scope, can change anything on the page. */
  concerns(row: EventRow): boolean
  /** Whether the row is about the page itself: it concerns it whatever the scope is. */
  bypassesScope?(row: EventRow): boolean
  /** Takes new rows, oldest first; those that it has taken before are passed over. */
  update(rows: readonly EventRow[]): Promise<void>
  /** As of the last update; null once what the page is about was removed. */
  model(): Model | null
}

/** A state as the streams keep it up to date: rows outside of its scope do not concern it. */
export abstract class ScopedPage<State extends PageState<unknown>> implements LivePage {
  constructor(
    protected readonly state: State,
    private readonly scope: Scope,
  ) {}

  get minUpdateIntervalMs(): number {
    return this.state.minUpdateIntervalMs ?? 0
  }

  load(through: number): Promise<void> {
    return limitTime(() => this.state.load(through))
  }

  concerns(row: EventRow): boolean {
    const { state, scope } = this
    return (isVisible(scope, row) || state.bypassesScope?.(row) === true) && state.concerns(row)
  }

  update(rows: readonly EventRow[]): Promise<void> {
    return limitTime(() => this.state.update(rows))
  }

  abstract parts(): PageParts
}
