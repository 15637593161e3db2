import type { Scope } from '../log/scope'
import type { Agent, Project } from './agent'
import type { Roster } from './roster'
import type { SessionIndex } from './session-index'

/** The roster as pages read it. */
export interface RosterView
  extends Pick<
    Roster,
    | 'index'
    | 'projects'
    | 'projectsVersion'
    | 'agent'
    | 'project'
    | 'projectBySlug'
    | 'expandMerged'
    | 'preload'
  > {
  /** The projects that may be seen; null: all. The index holds the sessions of others, too. */
  readonly projectIds: readonly number[] | null
  ensureProject(slug: string): Promise<void>
}

/** The same roster without the projects that are not in `scope`, and without their agents. */
export function scopedRoster(roster: Roster, { projectIds }: Scope): RosterView {
  return projectIds === null ? roster : new ScopedRoster(roster, projectIds)
}

class ScopedRoster implements RosterView {
  private readonly visible: ReadonlySet<number>

  constructor(
    private readonly roster: Roster,
    readonly projectIds: readonly number[],
  ) {
    this.visible = new Set(projectIds)
  }

  get index(): SessionIndex {
    return this.roster.index
  }

  get projects(): Iterable<Project> {
    return [...this.roster.projects].filter((project) => this.visible.has(project.id))
  }

  agent(id: number | null): Agent | null {
    const agent = this.roster.agent(id)
    return agent && this.visible.has(agent.projectId) ? agent : null
  }

  project(id: number | null): Project | null {
    const project = this.roster.project(id)
    return project && this.visible.has(project.id) ? project : null
  }

  get projectsVersion(): number {
    return this.roster.projectsVersion
  }

  expandMerged(projectIds: readonly number[]): number[] {
    return this.roster.expandMerged(projectIds)
  }

  projectBySlug(slug: string): Project | null {
    return this.project(this.roster.projectBySlug(slug)?.id ?? null)
  }

  preload(agentIds: readonly (number | null)[]): Promise<void> {
    return this.roster.preload(agentIds)
  }

  ensureProject(slug: string): Promise<void> {
    return this.roster.ensureProject(slug)
  }
}
