import { randomUUID } from 'node:crypto'
import { EventsPage as EventsView, eventsRegions } from '../../views/events'
import type { PageFrame } from '../../views/layout'
import { stackRows } from '../../views/stack'
import { attentionOf, touchesAttention } from '../fleet/attention'
import type { Attention } from '../fleet/board'
import { choicesOf, sessionsOf } from '../fleet/build-board'
import type { FeedFilter, Place } from '../fleet/feed-filter'
import { isRemoval, isShown } from '../fleet/roster'
import { removedSession } from '../fleet/session-change'
import type { EventRow } from '../log/event-row'
import type { LivePage } from '../stream/page-lane'
import { Feed } from './feed'
import type { PageData } from './page-data'
import type { Topic } from './topic'

/** The log of everybody: the newest rows that a filter selects, or a page further back. */
export class EventsPage implements LivePage {
  readonly renderRows = stackRows
  private readonly feed: Feed
  /** The count of rows is this object's own: another one begins at 0 as well. */
  private readonly countedBy = randomUUID()
  private attention: Attention = { waiting: 0, items: [] }

  constructor(
    readonly topic: Topic & { page: 'events' },
    private readonly data: PageData,
    private readonly place: Place | null = null,
  ) {
    this.feed = new Feed(data.db, data.roster, topic.filter, data.scope)
  }

  load(through: number): Promise<void> {
    return this.feed.load(through, this.place)
  }

  concerns(row: EventRow): boolean {
    if (isRemoval(row) || removedSession(row) !== null || this.feed.mayShow(row)) return true
    return touchesAttention(row, this.data.roster, this.attention)
  }

  hears(row: EventRow): boolean {
    return this.feed.losesTo(row)
  }

  update(rows: readonly EventRow[]): Promise<void> {
    return this.feed.add(rows)
  }

  parts() {
    return eventsRegions(this.model())
  }

  render(frame: PageFrame) {
    return <EventsView model={this.model()} frame={frame} />
  }

  private model() {
    const { roster } = this.data
    const now = Date.now()
    const sessions = sessionsOf([...roster.agents].filter((agent) => isShown(agent, now)))
    this.attention = attentionOf(sessions)
    const { lines, hasOlder, hasNewer, addedCount, removedProjects, removedSessions } = this.feed
    return {
      filter: this.topic.filter,
      place: this.place,
      isLive: isLive(this.topic.filter, this.place),
      lines,
      hasOlder,
      hasNewer,
      removedProjects,
      removedSessions,
      count: { by: this.countedBy, total: addedCount },
      choices: choicesOf(roster, sessions),
      attention: this.attention,
    }
  }
}

/** Whether a row that is stored from now on can belong on the page. */
export function isLive({ until }: FeedFilter, place: Place | null): boolean {
  return place === null && (!until || until.getTime() > Date.now())
}
