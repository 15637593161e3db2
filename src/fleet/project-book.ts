import type { Project } from './agent'

/** All projects, found by number and by name. Objects are replaced, never changed. */
export class ProjectBook {
  private readonly byId = new Map<number, Project>()
  private readonly bySlug = new Map<string, number>()
  /** Another number after each change. */
  version = 0
  /** Projects that were merged into one, by that one. */
  private readonly merged = new Map<number, Set<number>>()

  all(): IterableIterator<Project> {
    return this.byId.values()
  }

  has(id: number): boolean {
    return this.byId.has(id)
  }

  /** The project, or the one that it was merged into. */
  find(id: number | null): Project | null {
    const project = id === null ? undefined : this.byId.get(id)
    if (!project) return null
    return project.mergedInto === null ? project : (this.byId.get(project.mergedInto) ?? null)
  }

  findBySlug(slug: string): Project | null {
    return this.find(this.bySlug.get(slug) ?? null)
  }

  /** The id under which sessions of the project count. */
  homeOf(id: number): number {
    return this.byId.get(id)?.mergedInto ?? id
  }

  /** Ids under which rows of these projects may stand: with those of projects merged into them. */
  expandMerged(projectIds: readonly number[]): number[] {
    const all = projectIds.flatMap((id) => [id, ...(this.merged.get(id) ?? [])])
    return [...new Set(all)].sort((a, b) => a - b)
  }

  set(project: Project): void {
    this.delete(project.id)
    const { id, slug, mergedInto } = project
    this.version++
    this.byId.set(id, project)
    this.bySlug.set(slug, id)
    if (mergedInto === null) return
    this.merged.set(mergedInto, (this.merged.get(mergedInto) ?? new Set()).add(id))
  }

  delete(id: number): void {
    const project = this.byId.get(id)
    if (!project) return
    this.version++
    this.byId.delete(id)
    if (this.bySlug.get(project.slug) === id) this.bySlug.delete(project.slug)
    if (project.mergedInto === null) return
    const merged = this.merged.get(project.mergedInto)
    merged?.delete(id)
    if (merged?.size === 0) this.merged.delete(project.mergedInto)
  }
}
