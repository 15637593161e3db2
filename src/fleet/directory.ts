import type { Project } from './agent'
import type { RosterView } from './scoped-roster'

/** The project of a short name or a number; where it was merged, the one that it was merged into. */
export function findProject(
  roster: Pick<RosterView, 'project' | 'projectBySlug'>,
  ref: string | number,
): Project | null {
  return typeof ref === 'string' ? roster.projectBySlug(ref) : roster.project(ref)
}
