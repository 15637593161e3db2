import { keysOf, type ReportedProject } from './report'
import type { Newcomers, ReportJob } from './report-job'
import { type Known, settle } from './settle'

export interface Admission {
  readonly admitted: readonly ReportJob[]
  readonly refused: ReadonlyMap<ReportJob, Error>
  /** To be called when what was admitted is committed. */
  readonly charge: () => void
}

export const NO_NEWCOMERS: Newcomers = { sessions: 0, projects: 0 }

/**
 * Decides job by job, in their order, whether its sender may register what is new in it. Whatever is
 * about what is known already is always admitted.
 */
export function admit(
  jobs: readonly ReportJob[],
  known: { readonly agents: Known; readonly projects: Known },
): Admission {
  const planned = { agents: new Set<string>(), projects: new Set<string>() }
  const isAgent = (key: string) => known.agents.has(key) || planned.agents.has(key)
  const isProject = (key: string) => known.projects.has(key) || planned.projects.has(key)
  const admitted: ReportJob[] = []
  const refused = new Map<ReportJob, Error>()
  const pending = new Map<string, Newcomers>()
  const charges: (() => void)[] = []
  for (const job of jobs) {
    const agents = newAgentKeys(job, isAgent)
    const { wanted } = settle(job.reports, { has: isAgent })
    const projects = newProjectKeys(wanted, isProject)
    const newcomers = { sessions: agents.length, projects: projects.length }
    const { allowance } = job
    if (allowance && agents.length + projects.length > 0) {
      const before = pending.get(allowance.sender) ?? NO_NEWCOMERS
      const refusal = allowance.refuse(newcomers, before)
      if (refusal) {
        refused.set(job, refusal)
        continue
      }
      pending.set(allowance.sender, add(before, newcomers))
      charges.push(() => allowance.charge(newcomers))
    }
    for (const key of agents) planned.agents.add(key)
    for (const key of projects) planned.projects.add(key)
    admitted.push(job)
  }
  const charge = () => {
    for (const one of charges) one()
  }
  return { admitted, refused, charge }
}

function newAgentKeys({ reports }: ReportJob, isKnown: (key: string) => boolean): string[] {
  const telling = reports.flatMap(({ agent }) => (agent && !agent.onlyIfKnown ? [agent] : []))
  return [...new Set(telling.flatMap(keysOf))].filter((key) => !isKnown(key))
}

function newProjectKeys(
  wanted: ReadonlyMap<string, ReportedProject>,
  isKnown: (key: string) => boolean,
): string[] {
  return [...wanted.keys()].filter((key) => !isKnown(key))
}

function add(a: Newcomers, b: Newcomers): Newcomers {
  return { sessions: a.sessions + b.sessions, projects: a.projects + b.projects }
}
