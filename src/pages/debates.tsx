import { type DebatesModel, DebatesPage as DebatesView, debatesRegions } from '../../views/debates'
import type { PageFrame } from '../../views/layout'
import { stackRows } from '../../views/stack'
import type { Debate } from '../debates/debate'
import { listDebates } from '../debates/read'
import { touchesAttention } from '../fleet/attention'
import type { Attention } from '../fleet/board'
import { isRemoval } from '../fleet/roster'
import type { EventRow } from '../log/event-row'
import type { LivePage } from '../stream/page-lane'
import { fleetAttention } from './fleet-attention'
import type { PageData } from './page-data'
import type { Topic } from './topic'

const MAX_DEBATES = 100

/** The newest debates, those that go on first. */
export class DebatesPage implements LivePage {
  readonly renderRows = stackRows
  private debates: readonly Debate[] = []
  private attention: Attention = { waiting: 0, items: [] }

  constructor(
    readonly topic: Topic & { page: 'debates' },
    private readonly data: PageData,
  ) {}

  async load(): Promise<void> {
    this.debates = await listDebates(this.data.db, this.data.scope, { limit: MAX_DEBATES })
  }

  concerns(row: EventRow): boolean {
    return isOfDebates(row) || touchesAttention(row, this.data.roster, this.attention)
  }

  async update(rows: readonly EventRow[]): Promise<void> {
    if (rows.some(isOfDebates)) await this.load()
  }

  parts() {
    return debatesRegions(this.model())
  }

  render(frame: PageFrame) {
    return <DebatesView model={this.model()} frame={frame} />
  }

  private model(): DebatesModel {
    const { roster } = this.data
    this.attention = fleetAttention(roster)
    const lines = this.debates.map((debate) => ({
      debate,
      project: roster.project(debate.projectId),
    }))
    return { lines, attention: this.attention }
  }
}

function isOfDebates(row: EventRow): boolean {
  return row.debateId !== null || row.type === 'project_changed' || isRemoval(row)
}
