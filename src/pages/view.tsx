import type { PageFrame } from '../../views/layout'
import { stackRows } from '../../views/stack'
import { GoneView, goneRegions, ViewPage as ViewView, viewRegions } from '../../views/view'
import type { Filter } from '../filter/filter'
import { withNames } from '../fleet/directory'
import type { EventRow } from '../log/event-row'
import { isVisible } from '../log/scope'
import { type SavedView, SavedViews, VIEW_CHANGED } from '../saved-views/saved-views'
import type { LivePage } from '../stream/page-lane'
import { BoardPage } from './board'
import type { PageData } from './page-data'
import { boardTopic, type Topic } from './topic'

/** The board that a saved view selects. An edit of the view reaches it like any other row. */
export class ViewPage implements LivePage {
  readonly renderRows = stackRows
  private readonly views: SavedViews
  private view: SavedView | null = null
  private board: BoardOfView | null = null

  constructor(
    readonly topic: Topic & { page: 'view' },
    private readonly data: PageData,
  ) {
    this.views = new SavedViews(data.db)
  }

  get paceMs(): number {
    return this.board?.paceMs ?? 0
  }

  /** A view that is not there, or another's, is shown as such: it may be deleted while it is open. */
  async load(through: number): Promise<void> {
    const { owner, roster } = this.data
    const view = owner === null ? null : await this.views.find(owner, this.topic.viewId)
    const board = view && new BoardOfView(this.data, withNames(view.filters, roster))
    await board?.load(through)
    // It may be shown while it is read anew: as it was before, and not half of each.
    this.view = view
    this.board = board
  }

  concerns(row: EventRow): boolean {
    if (this.isAboutView(row) || row.type === 'project_changed') return true
    return this.board?.concerns(row) ?? false
  }

  /** Whoever owns a view hears of its edits, whatever else they may see. */
  hears(row: EventRow): boolean {
    return this.isAboutView(row) || (this.board?.hears(row) ?? false)
  }

  async update(rows: readonly EventRow[]): Promise<void> {
    const last = rows.at(-1)
    // Views name projects by number, and pages by a name that may be another now.
    const isAnother = (row: EventRow) => this.isAboutView(row) || row.type === 'project_changed'
    if (last && rows.some(isAnother)) return this.load(last.id)
    await this.board?.update(rows.filter((row) => isVisible(this.data.scope, row)))
  }

  parts() {
    const { view, board } = this
    return view && board ? viewRegions(view, board.model(), this.data.address) : goneRegions()
  }

  render(frame: PageFrame) {
    const { view, board } = this
    return view && board ? (
      <ViewView view={view} board={board.model()} frame={frame} />
    ) : (
      <GoneView frame={frame} />
    )
  }

  private isAboutView({ type, targetId }: EventRow): boolean {
    return type === VIEW_CHANGED && targetId === this.topic.viewId
  }
}

class BoardOfView extends BoardPage {
  constructor(data: PageData, filter: Filter) {
    super(boardTopic(filter), data)
  }

  model() {
    return this.board()
  }
}
