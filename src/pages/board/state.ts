import type { Filter } from '../../filter/filter'
import { type Board, shownIn } from '../../fleet/board'
import type { BoardPlace } from '../../fleet/board-place'
import { buildBoard } from '../../fleet/build-board'
import { BOARD_LIMITS, type CutLimits } from '../../fleet/cut-board'
import { isRemoval } from '../../fleet/roster'
import { withRecords } from '../../fleet/with-records'
import type { EventRow } from '../../log/event-row'
import { Feed } from '../feed'
import type { PageData, PageState } from '../page-state'

const CUT_INTERVAL_MS = 500

/** What a page of a board shows of it. */
interface BoardPart {
  readonly filter: Filter
  readonly place: BoardPlace | null
  readonly limits?: CutLimits
}

/** The sessions that a filter selects, and what just happened there. */
export class BoardState implements PageState<Board> {
  private readonly feed: Feed
  private built: Board | null = null

  constructor(
    private readonly data: Pick<PageData, 'db' | 'roster' | 'scope'>,
    private readonly part: BoardPart,
  ) {
    this.feed = new Feed(data, part.filter)
  }

  /**
   * Where more sessions are selected than the page has room for, nearly every change brings another
   * one onto it, so that all of it has to be sent: that is no use many times a second.
   */
  get minUpdateIntervalMs(): number {
    return this.built && this.built.total > shownIn(this.built) ? CUT_INTERVAL_MS : 0
  }

  async load(through: number): Promise<void> {
    await this.feed.load(through)
    await this.build()
  }

  /** Any row of a project that the page shows may move a card, whatever else the filter says. */
  concerns(row: EventRow): boolean {
    const { projects } = this.part.filter
    return projects.length === 0 || isRemoval(row) || this.feed.isOfProjects(row)
  }

  bypassesScope(row: EventRow): boolean {
    return this.feed.losesProject(row)
  }

  async update(rows: readonly EventRow[]): Promise<void> {
    await this.feed.add(rows)
    await this.build()
  }

  model(): Board {
    if (!this.built) throw new Error('A board is shown before it was loaded')
    return this.built
  }

  private async build(): Promise<void> {
    const { roster } = this.data
    const { filter, place, limits = BOARD_LIMITS } = this.part
    const feed = this.feed.lines
    this.built = await withRecords(roster, (need) =>
      buildBoard(roster, need, { filter, place, limits, feed }),
    )
  }
}
