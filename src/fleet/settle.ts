import { keysOf, type Report, type ReportedProject } from './report'

/** What is registered, by its key. */
export interface Known {
  has(key: string): boolean
}

/**
 * Where new agents are at home: in the project of their first report, or of their parent's. Only
 * those projects, and the ones that reports without an agent name, are wanted.
 */
export function settle(
  reports: readonly Report[],
  known: Known,
): { homes: Map<string, ReportedProject>; wanted: Map<string, ReportedProject> } {
  const homes = new Map<string, ReportedProject>()
  const wanted = new Map<string, ReportedProject>()
  // An agent that a report cannot register belongs to the project that another report of the group names.
  const telling = reports.filter(({ agent }) => !agent?.onlyIfKnown)
  const others = reports.filter(({ agent }) => agent?.onlyIfKnown)
  for (const { agent, project } of [...telling, ...others]) {
    const keys = agent ? keysOf(agent) : []
    if (keys.some((key) => known.has(key))) continue
    const home = keys.map((key) => homes.get(key)).find((found) => found) ?? project
    if (!agent?.onlyIfKnown) for (const key of keys) if (!homes.has(key)) homes.set(key, home)
    if (!wanted.has(home.key)) wanted.set(home.key, home)
  }
  return { homes, wanted }
}
