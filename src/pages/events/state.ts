import { randomUUID } from 'node:crypto'
import type { Filter } from '../../filter/filter'
import type { Place } from '../../filter/place'
import type { Chosen, FeedLine } from '../../fleet/board'
import { chosenIn } from '../../fleet/build-board'
import { isRemoval } from '../../fleet/roster'
import { removedSession } from '../../fleet/session-change'
import { withRecords } from '../../fleet/with-records'
import type { EventRow } from '../../log/event-row'
import type { SearchGap } from '../../log/search'
import { Feed } from '../feed'
import type { PageData, PageState } from '../page-state'

export interface EventsModel {
  readonly filter: Filter
  /** Where a page that looks back begins. */
  readonly place: Place | null
  /** New rows come in by themselves. */
  readonly isLive: boolean
  /** Newest first, at most 50. */
  readonly lines: readonly FeedLine[]
  readonly hasOlder: boolean
  readonly hasNewer: boolean
  /** Rows that have come in, by one counter; numbers of two counters do not compare. */
  readonly count: { readonly by: string; readonly total: number }
  /** Whose rows have to leave, though no row that the filter selects says so. */
  readonly removedProjects: readonly number[]
  readonly removedSessions: readonly number[]
  /** What a search for words has left out. */
  readonly gap: SearchGap | null
  /** The names of what the filter names. */
  readonly chosen: Chosen
}

interface EventsQuery {
  readonly filter: Filter
  readonly place: Place | null
}

/** The newest rows of the log that a filter selects, or a page further back. */
export class EventsState implements PageState<EventsModel> {
  private readonly feed: Feed
  /** The count of rows is this object's own: another one begins at 0 as well. */
  private readonly countedBy = randomUUID()
  private chosen: Chosen = { projects: [], agents: [] }

  constructor(
    private readonly query: EventsQuery,
    private readonly data: PageData,
  ) {
    this.feed = new Feed(data, query.filter)
  }

  async load(through: number): Promise<void> {
    await this.feed.load(through, this.query.place)
    await this.nameChosen()
  }

  concerns(row: EventRow): boolean {
    return isRemoval(row) || removedSession(row) !== null || this.feed.mayShow(row)
  }

  bypassesScope(row: EventRow): boolean {
    return this.feed.losesProject(row)
  }

  async update(rows: readonly EventRow[]): Promise<void> {
    await this.feed.add(rows)
    // The clock has gone on, and the index with it.
    if (rows.length === 0) await this.feed.fillGap()
    await this.nameChosen()
  }

  model(): EventsModel {
    const { lines, hasOlder, hasNewer, addedCount, removedProjects, removedSessions, gap } =
      this.feed
    return {
      ...this.query,
      isLive: isLive(this.query),
      lines,
      hasOlder,
      hasNewer,
      removedProjects,
      removedSessions,
      gap,
      count: { by: this.countedBy, total: addedCount },
      chosen: this.chosen,
    }
  }

  private async nameChosen(): Promise<void> {
    const { roster } = this.data
    this.chosen = await withRecords(roster, (need) => chosenIn(this.query.filter, roster, need))
  }
}

/** Whether a row that is stored from now on can belong on the page. */
export function isLive({ filter: { until }, place }: EventsQuery): boolean {
  return place === null && (!until || until.getTime() > Date.now())
}
