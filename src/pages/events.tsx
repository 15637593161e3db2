import { randomUUID } from 'node:crypto'
import { EventsPage as EventsView, eventsRegions } from '../../views/events'
import type { PageFrame } from '../../views/layout'
import { stackRows } from '../../views/stack'
import type { Filter } from '../filter/filter'
import type { Place } from '../filter/place'
import type { Chosen } from '../fleet/board'
import { chosenIn } from '../fleet/build-board'
import { isRemoval } from '../fleet/roster'
import { removedSession } from '../fleet/session-change'
import { withRecords } from '../fleet/with-records'
import type { EventRow } from '../log/event-row'
import type { LivePage } from '../stream/page-lane'
import { Feed } from './feed'
import { FleetAttention } from './fleet-attention'
import type { PageData } from './page-data'
import type { Topic } from './topic'

/** The log of everybody: the newest rows that a filter selects, or a page further back. */
export class EventsPage implements LivePage {
  readonly renderRows = stackRows
  private readonly feed: Feed
  /** The count of rows is this object's own: another one begins at 0 as well. */
  private readonly countedBy = randomUUID()
  private readonly attention: FleetAttention
  private chosen: Chosen = { projects: [], agents: [] }

  constructor(
    readonly topic: Topic & { page: 'events' },
    private readonly data: PageData,
    private readonly place: Place | null = null,
  ) {
    this.feed = new Feed(data.db, data.roster, topic.filter, data.scope)
    this.attention = new FleetAttention(data.roster)
  }

  async load(through: number): Promise<void> {
    await this.feed.load(through, this.place)
    await this.look()
  }

  concerns(row: EventRow): boolean {
    if (isRemoval(row) || removedSession(row) !== null || this.feed.mayShow(row)) return true
    return this.attention.touches(row)
  }

  hears(row: EventRow): boolean {
    return this.feed.isRemovedBy(row)
  }

  async update(rows: readonly EventRow[]): Promise<void> {
    await this.feed.add(rows)
    // The clock has gone on, and the index with it.
    if (rows.length === 0) await this.feed.fillGap()
    await this.look()
  }

  parts() {
    return eventsRegions(this.model())
  }

  render(frame: PageFrame) {
    return <EventsView model={this.model()} frame={frame} />
  }

  private model() {
    const { lines, hasOlder, hasNewer, addedCount, removedProjects, gap, removedSessions } =
      this.feed
    return {
      filter: this.topic.filter,
      place: this.place,
      isLive: isLive(this.topic.filter, this.place),
      lines,
      hasOlder,
      hasNewer,
      removedProjects,
      gap,
      removedSessions,
      count: { by: this.countedBy, total: addedCount },
      chosen: this.chosen,
      attention: this.attention.current,
    }
  }

  private async look(): Promise<void> {
    const { roster } = this.data
    await this.attention.update()
    this.chosen = await withRecords(roster, (need) => chosenIn(this.topic.filter, roster, need))
  }
}

/** Whether a row that is stored from now on can belong on the page. */
export function isLive({ until }: Filter, place: Place | null): boolean {
  return place === null && (!until || until.getTime() > Date.now())
}
