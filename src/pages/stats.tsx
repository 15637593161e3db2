import type { PageFrame } from '../../views/layout'
import { stackRows } from '../../views/stack'
import { StatsPage as StatsView, statsRegions } from '../../views/stats'
import { attentionOf } from '../fleet/attention'
import { sessionsOf } from '../fleet/build-board'
import { isShown } from '../fleet/roster'
import { figuresOf } from '../metrics/agent-figures'
import { readStats, type Stats } from '../metrics/stats'
import type { LivePage } from '../stream/page-lane'
import type { PageData } from './page-data'

/** Agents, events, waits, tokens and money of all that may be seen. */
export class StatsPage implements LivePage {
  readonly renderRows = stackRows
  /** Every row changes a number, and the numbers are read anew each time. */
  readonly paceMs = 1_000
  private stats: Stats | null = null

  constructor(private readonly data: PageData) {}

  async load(): Promise<void> {
    this.stats = await readStats(this.data, this.data.scope)
  }

  concerns(): boolean {
    return true
  }

  update(): Promise<void> {
    return this.load()
  }

  parts() {
    return statsRegions(this.model())
  }

  render(frame: PageFrame) {
    return <StatsView model={this.model()} frame={frame} />
  }

  private model() {
    const { roster } = this.data
    if (!this.stats) throw new Error('The metrics page is shown before it was loaded')
    const now = Date.now()
    const sessions = sessionsOf([...roster.agents].filter((agent) => isShown(agent, now)))
    return {
      agents: figuresOf(sessions),
      attention: attentionOf(sessions),
      stats: this.stats,
      projects: [...roster.projects],
    }
  }
}
