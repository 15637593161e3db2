import { type DebatesModel, DebatesPage as DebatesView, debatesRegions } from '../../views/debates'
import type { PageFrame } from '../../views/layout'
import { stackRows } from '../../views/stack'
import type { Debate } from '../debates/debate'
import { listDebates } from '../debates/read'
import { isRemoval } from '../fleet/roster'
import type { EventRow } from '../log/event-row'
import type { LivePage } from '../stream/page-lane'
import { FleetAttention } from './fleet-attention'
import type { PageData } from './page-data'
import type { Topic } from './topic'

const MAX_DEBATES = 100

/** The newest debates, those that go on first. */
export class DebatesPage implements LivePage {
  readonly renderRows = stackRows
  private debates: readonly Debate[] = []
  private readonly attention: FleetAttention

  constructor(
    readonly topic: Topic & { page: 'debates' },
    private readonly data: PageData,
  ) {
    this.attention = new FleetAttention(data.roster)
  }

  async load(): Promise<void> {
    await this.attention.update()
    await this.loadDebates()
  }

  private async loadDebates(): Promise<void> {
    this.debates = await listDebates(this.data.db, this.data.scope, { limit: MAX_DEBATES })
  }

  concerns(row: EventRow): boolean {
    return isOfDebates(row) || this.attention.touches(row)
  }

  async update(rows: readonly EventRow[]): Promise<void> {
    await this.attention.update()
    if (rows.some(isOfDebates)) await this.loadDebates()
  }

  parts() {
    return debatesRegions(this.model())
  }

  render(frame: PageFrame) {
    return <DebatesView model={this.model()} frame={frame} />
  }

  private model(): DebatesModel {
    const { roster } = this.data
    const lines = this.debates.map((debate) => ({
      debate,
      project: roster.project(debate.projectId),
    }))
    return { lines, attention: this.attention.current }
  }
}

function isOfDebates(row: EventRow): boolean {
  return row.debateId !== null || row.type === 'project_changed' || isRemoval(row)
}
