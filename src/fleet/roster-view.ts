import type { Scope } from '../log/scope'
import type { Agent, Project } from './agent'
import type { Roster } from './roster'

/** The roster as pages read it. */
export type RosterView = Pick<
  Roster,
  | 'agents'
  | 'projects'
  | 'types'
  | 'agent'
  | 'project'
  | 'projectBySlug'
  | 'withMerged'
  | 'ensure'
  | 'ensureProject'
>

/** The same roster without the projects that are not in `scope`, their agents, and their types. */
export function rosterWithin(roster: Roster, { projectIds }: Scope): RosterView {
  return projectIds === null ? roster : new NarrowRoster(roster, new Set(projectIds))
}

class NarrowRoster implements RosterView {
  constructor(
    private readonly roster: Roster,
    private readonly projectIds: ReadonlySet<number>,
  ) {}

  get agents(): Iterable<Agent> {
    return [...this.roster.agents].filter((agent) => this.projectIds.has(agent.projectId))
  }

  get projects(): Iterable<Project> {
    return [...this.roster.projects].filter((project) => this.projectIds.has(project.id))
  }

  types(): ReadonlySet<string> {
    return this.roster.types(this.projectIds)
  }

  agent(id: number | null): Agent | null {
    const agent = this.roster.agent(id)
    return agent && this.projectIds.has(agent.projectId) ? agent : null
  }

  project(id: number | null): Project | null {
    const project = this.roster.project(id)
    return project && this.projectIds.has(project.id) ? project : null
  }

  withMerged(projectIds: readonly number[]): number[] {
    return this.roster.withMerged(projectIds)
  }

  projectBySlug(slug: string): Project | null {
    return this.project(this.roster.projectBySlug(slug)?.id ?? null)
  }

  ensure(agentIds: readonly (number | null)[]): Promise<void> {
    return this.roster.ensure(agentIds)
  }

  ensureProject(slug: string): Promise<void> {
    return this.roster.ensureProject(slug)
  }
}
