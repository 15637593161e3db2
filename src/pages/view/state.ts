import type { Board } from '../../fleet/board'
import { withNames } from '../../fleet/directory'
import type { EventRow } from '../../log/event-row'
import { isVisible } from '../../log/scope'
import { type SavedView, SavedViews, VIEW_CHANGED } from '../../saved-views/saved-views'
import { BoardState } from '../board/state'
import type { PageData, PageState } from '../page-state'

/** A saved view and the board that it selects. */
export interface ViewModel {
  readonly view: Pick<SavedView, 'id' | 'name'>
  readonly board: Board
}

/** An edit of the view reaches it like any other row. */
export class ViewState implements PageState<ViewModel> {
  private readonly views: SavedViews
  private view: SavedView | null = null
  private board: BoardState | null = null

  constructor(
    private readonly viewId: string,
    private readonly data: PageData,
  ) {
    this.views = new SavedViews(data.db)
  }

  get minUpdateIntervalMs(): number {
    return this.board?.minUpdateIntervalMs ?? 0
  }

  /** A view that is not there, or another's, is none: it may be deleted while it is open. */
  async load(through: number): Promise<void> {
    const { owner, roster } = this.data
    const view = owner === null ? null : await this.views.find(owner, this.viewId)
    const filter = view && withNames(view.filters, roster)
    const board = filter && new BoardState(this.data, { filter, place: null })
    await board?.load(through)
    // It may be shown while it is read again: as it was before, and not half of each.
    this.view = view
    this.board = board
  }

  concerns(row: EventRow): boolean {
    if (this.isAboutView(row) || row.type === 'project_changed') return true
    return this.board?.concerns(row) ?? false
  }

  /** Its owner's page follows its edits, whatever the scope is. */
  bypassesScope(row: EventRow): boolean {
    return this.isAboutView(row) || (this.board?.bypassesScope(row) ?? false)
  }

  async update(rows: readonly EventRow[]): Promise<void> {
    const last = rows.at(-1)
    // Views name projects by number, and pages by a name that may be another now.
    const isAnother = (row: EventRow) => this.isAboutView(row) || row.type === 'project_changed'
    if (last && rows.some(isAnother)) return this.load(last.id)
    await this.board?.update(rows.filter((row) => isVisible(this.data.scope, row)))
  }

  model(): ViewModel | null {
    const { view, board } = this
    return view && board && { view, board: board.model() }
  }

  private isAboutView({ type, targetId }: EventRow): boolean {
    return type === VIEW_CHANGED && targetId === this.viewId
  }
}
