import { BoardPage as BoardView, boardRegions } from '../../views/board'
import type { PageFrame } from '../../views/layout'
import { stackRows } from '../../views/stack'
import type { Filter } from '../filter/filter'
import { touchesAttention } from '../fleet/attention'
import { type Board, shownIn } from '../fleet/board'
import type { BoardPlace } from '../fleet/board-place'
import { buildBoard } from '../fleet/build-board'
import { BOARD_LIMITS, type CutLimits } from '../fleet/cut-board'
import { isRemoval } from '../fleet/roster'
import { withRecords } from '../fleet/with-records'
import type { EventRow } from '../log/event-row'
import type { LivePage } from '../stream/page-lane'
import { Feed } from './feed'
import type { PageData } from './page-data'
import type { Topic } from './topic'

const CUT_PACE_MS = 500

/** What a page of a board shows of it. */
interface BoardPart {
  readonly filter: Filter
  readonly place: BoardPlace | null
  readonly limits?: CutLimits
}

/** The board at `/`: all projects, or those that the filter selects. */
export class BoardPage implements LivePage {
  readonly renderRows = stackRows
  private readonly feed: Feed
  private built: Board | null = null

  constructor(
    readonly topic: Topic,
    protected readonly data: PageData,
    private readonly part: BoardPart = { filter: topic.filter, place: topic.place ?? null },
  ) {
    this.feed = new Feed(data.db, data.roster, part.filter, data.scope)
  }

  /**
   * Where more sessions are selected than the page has room for, nearly every change brings another
   * one onto it, so that all of it has to be sent: that is no use many times a second.
   */
  get paceMs(): number {
    return this.built && this.built.total > shownIn(this.built) ? CUT_PACE_MS : 0
  }

  async load(through: number): Promise<void> {
    await this.feed.load(through)
    await this.build()
  }

  /**
   * Any row of a project that the page shows may move a card, whatever else the filter says; of the
   * others, what needs a human is on every page.
   */
  concerns(row: EventRow): boolean {
    const { projects } = this.part.filter
    if (projects.length === 0 || isRemoval(row)) return true
    const { roster } = this.data
    if (this.feed.isOfProjects(row)) return true
    return touchesAttention(row, roster.index, this.board().attention)
  }

  hears(row: EventRow): boolean {
    return this.feed.isRemovedBy(row)
  }

  async update(rows: readonly EventRow[]): Promise<void> {
    await this.feed.add(rows)
    await this.build()
  }

  parts() {
    return boardRegions(this.board(), this.data.address)
  }

  render(frame: PageFrame) {
    return <BoardView board={this.board()} frame={frame} />
  }

  /** As of the last update. */
  protected board(): Board {
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
