import { ALL_EVENTS } from '../../filter/select'
import type { Project } from '../../fleet/agent'
import { type AgentFigures, agentFigures } from '../../stats/agent-figures'
import { readStats, type Stats } from '../../stats/stats'
import type { PageData, PageState } from '../page-state'

const MAX_PROJECTS = 100

export interface StatsModel {
  readonly agents: AgentFigures
  readonly stats: Stats
  /** The busiest of them. */
  readonly projects: readonly Project[]
  readonly moreProjects: number
}

/** Agents, events, waits, tokens and money of all that may be seen. */
export class StatsState implements PageState<StatsModel> {
  /** Every row changes a number, and the numbers are read again each time. */
  readonly minUpdateIntervalMs = 1_000
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

  model(): StatsModel {
    const { stats } = this
    if (!stats) throw new Error('The metrics page is shown before it was loaded')
    const agents = agentFigures(this.data.roster, ALL_EVENTS)
    return { agents, stats, ...this.busiest(agents, stats) }
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
