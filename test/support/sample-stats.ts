import { STATES, type State } from '../../src/log/state'
import type { StatsModel } from '../../src/pages/stats/state'
import type { Series } from '../../src/stats/stats'
import { sampleProject } from './sample-board'

const AT = Date.UTC(2026, 1, 3, 8)

function series(stepMs: number, values: readonly number[]): Series {
  return { start: new Date(AT), stepMs, values }
}

/** A metrics page with something in each of its panels. */
export function sampleStats(text?: string): StatsModel {
  const project = sampleProject(text)
  const used = {
    input_tokens: 81_000,
    output_tokens: 12_345,
    cache_read_tokens: 4_500_000,
    cache_creation_tokens: 0,
    cost_usd: 2.5,
  }
  return {
    agents: {
      agents_total: 1,
      by_state: Object.fromEntries(STATES.map((state) => [state, 0])) as Record<State, number>,
      by_project: { [project.id]: 1 },
      awaiting_input: 1,
      awaiting_since: new Date(AT).toISOString(),
    },
    moreProjects: 0,
    stats: {
      hour: series(60_000, [0, 3, 12]),
      day: series(900_000, [5, 0, 40]),
      cost: series(900_000, [0.5, 0, 2]),
      eventsByProject: new Map([[project.id, 1_234]]),
      costByProject: new Map([[project.id, 2.5]]),
      usage: { hour: used, day: used, ever: used },
      byModel: [{ model: text ?? 'opus', ...used }],
      waits: { count: 3, median_ms: 42_000, longest_ms: 3_900_000 },
    },
    projects: [project],
  }
}
