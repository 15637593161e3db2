import { type BarModel, barRegions } from '../../../views/components/bar'
import { MAX_ATTENTION, touchesAttention } from '../../fleet/attention'
import type { Attention } from '../../fleet/board'
import { buildAttention } from '../../fleet/build-board'
import type { RosterView } from '../../fleet/scoped-roster'
import { withRecords } from '../../fleet/with-records'
import type { EventRow } from '../../log/event-row'
import type { Scope } from '../../log/scope'
import type { PageParts } from '../../stream/live-page'
import { type PageState, ScopedPage } from '../page-state'
import { removesProjectOf } from '../removal'
import type { Topic } from '../topic'

/** Where more needs a human than is listed, nearly every change brings another item. */
const CROWDED_INTERVAL_MS = 500

/** The topic of what is on every page: one for all pages of a scope. */
export const BAR: Topic<Bar> = {
  key: 'bar',
  isOwn: false,
  isLive: true,
  open: ({ roster, scope }) => new Bar(new BarState(roster, scope), scope),
}

/** What needs a human in all that may be seen, whatever a page is narrowed to. */
class BarState implements PageState<BarModel> {
  private attention: Attention = { waiting: 0, items: [] }

  constructor(
    private readonly roster: RosterView,
    private readonly scope: Scope,
  ) {}

  get minUpdateIntervalMs(): number {
    return this.attention.items.length < MAX_ATTENTION ? 0 : CROWDED_INTERVAL_MS
  }

  load(): Promise<void> {
    return this.update()
  }

  concerns(row: EventRow): boolean {
    return this.bypassesScope(row) || touchesAttention(row, this.roster.index, this.attention)
  }

  bypassesScope(row: EventRow): boolean {
    return removesProjectOf(this.scope, row)
  }

  async update(): Promise<void> {
    const { roster } = this
    this.attention = await withRecords(roster, (need) => buildAttention(roster, need))
  }

  model(): BarModel {
    return { attention: this.attention }
  }
}

/** The bar of a scope. How old it is, the page says that it is on. */
export class Bar extends ScopedPage<BarState> {
  get model(): BarModel {
    return this.state.model()
  }

  parts(): PageParts {
    return { regions: Object.values(barRegions(this.model)), lists: [] }
  }
}
