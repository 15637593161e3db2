import { BoardPage as BoardView, boardRegions } from '../../views/board'
import type { PageFrame } from '../../views/layout'
import { stackRows } from '../../views/stack'
import { touchesAttention } from '../fleet/attention'
import type { Attention, Board, PageFilter } from '../fleet/board'
import { buildBoard } from '../fleet/build-board'
import { isRemoval } from '../fleet/roster'
import type { EventRow } from '../log/event-row'
import type { LivePage } from '../stream/page-lane'
import { Feed } from './feed'
import type { PageData } from './page-data'
import type { Topic } from './topic'

/** The board at `/`: all projects, or those that the filter selects. */
export class BoardPage implements LivePage {
  readonly renderRows = stackRows
  private readonly feed: Feed
  private attention: Attention = { waiting: 0, items: [] }
  private readonly offered = new Set<string>()

  constructor(
    readonly topic: Topic,
    protected readonly data: PageData,
    protected readonly filter: PageFilter = topic.filter,
  ) {
    this.feed = new Feed(data.db, data.roster, filter, data.scope)
  }

  load(through: number): Promise<void> {
    return this.feed.load(through)
  }

  /**
   * Any row of a project that the page shows may move a card, whatever else the filter says; of the
   * others, what needs a human is on every page, and so is what a filter can be set to.
   */
  concerns(row: EventRow): boolean {
    const { projects } = this.filter
    if (projects.length === 0 || isRemoval(row)) return true
    const { roster } = this.data
    if (projects.includes(roster.project(row.projectId)?.slug ?? '')) return true
    return touchesAttention(row, roster, this.attention) || !this.offers(row)
  }

  hears(row: EventRow): boolean {
    return this.feed.losesTo(row)
  }

  update(rows: readonly EventRow[]): Promise<void> {
    return this.feed.add(rows)
  }

  parts() {
    return boardRegions(this.board(), this.data.address)
  }

  render(frame: PageFrame) {
    return <BoardView board={this.board()} frame={frame} />
  }

  protected board(): Board {
    const { roster } = this.data
    const board = buildBoard(roster, this.filter, this.feed.lines, Date.now())
    this.attention = board.attention
    this.noteChoices(board.choices)
    return board
  }

  private noteChoices({ projects, agents, types }: Board['choices']): void {
    this.offered.clear()
    for (const { id } of projects) this.offered.add(`project ${id}`)
    for (const { id } of agents) this.offered.add(`agent ${id}`)
    for (const type of types) this.offered.add(`type ${type}`)
  }

  /** A child is found under its parent. */
  private offers({ type, projectId, agentId }: EventRow): boolean {
    if (!this.offered.has(`type ${type}`)) return false
    if (projectId !== null && !this.offered.has(`project ${projectId}`)) return false
    const agent = this.data.roster.agent(agentId)
    return !agent || agent.parentId !== null || this.offered.has(`agent ${agent.id}`)
  }
}
