import { touchesAttention } from '../fleet/attention'
import type { Attention } from '../fleet/board'
import { buildAttention } from '../fleet/build-board'
import type { RosterView } from '../fleet/scoped-roster'
import { withRecords } from '../fleet/with-records'
import type { EventRow } from '../log/event-row'

/** What needs a human in all that may be seen: it is on every page, whatever the page is about. */
export class FleetAttention {
  private shown: Attention = { waiting: 0, items: [] }

  constructor(private readonly roster: RosterView) {}

  /** As of the last update. */
  get current(): Attention {
    return this.shown
  }

  async update(): Promise<void> {
    const { roster } = this
    this.shown = await withRecords(roster, (need) => buildAttention(roster, need))
  }

  /** Whether the row can change it. */
  touches(row: EventRow): boolean {
    return touchesAttention(row, this.roster.index, this.shown)
  }
}
