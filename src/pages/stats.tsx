import type { PageFrame } from '../../views/layout'
import { stackRows } from '../../views/stack'
import { StatsPage as StatsView, statsRegions } from '../../views/stats'
import { ALL_EVENTS } from '../filter/select'
import type { Project } from '../fleet/agent'
import { type AgentFigures, agentFigures } from '../stats/agent-figures'
import { readStats, type Stats } from '../stats/stats'
import type { LivePage } from '../stream/page-lane'
import { FleetAttention } from './fleet-attention'
import type { PageData } from './page-data'

const MAX_PROJECTS = 100

/** Agents, events, waits, tokens and money of all that may be seen. */
export class StatsPage implements LivePage {
  readonly renderRows = stackRows
  /** Every row changes a number, and the numbers are read anew each time. */
  readonly paceMs = 1_000
  private stats: Stats | null = null
  private readonly attention: FleetAttention

  constructor(private readonly data: PageData) {
    this.attention = new FleetAttention(data.roster)
  }

  async load(): Promise<void> {
    this.stats = await readStats(this.data, this.data.scope)
    await this.attention.update()
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
    const agents = agentFigures(roster, ALL_EVENTS)
    return {
      agents,
      attention: this.attention.current,
      stats: this.stats,
      ...this.busiest(agents, this.stats),
    }
  }

  /** The projects from which most was reported in the last day, and how many more there are. */
  private busiest(agents: AgentFigures, { eventsByProject: events }: Stats) {
    const all = new Set([...Object.keys(agents.by_project).map(Number), ...events.keys()])
    const ids = [...all].sort((a, b) => (events.get(b) ?? 0) - (events.get(a) ?? 0) || a - b)
    const found = ids.map((id) => this.data.roster.project(id)).filter((one) => one !== null)
    const projects: readonly Project[] = found.slice(0, MAX_PROJECTS)
    return { projects, moreProjects: found.length - projects.length }
  }
}
