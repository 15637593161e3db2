import { BadInput } from '../errors/app-error'
import type { Directory } from '../filter/field'
import { type Filter, sorted } from '../filter/filter'
import type { Project } from './agent'
import type { RosterView } from './scoped-roster'

type Names = Pick<RosterView, 'project' | 'projectBySlug'>
type Book = Names & Pick<RosterView, 'expandMerged' | 'projectsVersion'>

/** Finds what a filter's names mean among what the roster shows. */
export function directoryOf(roster: Book): Directory {
  return {
    get version() {
      return roster.projectsVersion
    },
    projects(ref) {
      const project = findProject(roster, ref)
      if (project) return roster.expandMerged([project.id])
      // A number holds, whether the roster has heard of the project or not.
      return typeof ref === 'number' ? roster.expandMerged([ref]) : []
    },
  }
}

/** The project of a short name or a number; where it was merged, the one that it was merged into. */
export function findProject(roster: Names, ref: string | number): Project | null {
  return typeof ref === 'string' ? roster.projectBySlug(ref) : roster.project(ref)
}

/** A filter with numbers for names, as a view keeps it: projects can be renamed. Throws BadInput. */
export function withNumbers(filter: Filter, roster: Names): Filter {
  const ids = filter.projects.map((ref) => {
    const project = findProject(roster, ref)
    if (!project) throw new BadInput('project', `There is no project “${ref}”`)
    return project.id
  })
  return { ...filter, projects: sorted(ids) }
}

/**
 * The same filter with names for numbers, as a page shows it. A project that is gone, or not to be
 * seen, has a name that nothing is called by.
 */
export function withNames(filter: Filter, roster: Names): Filter {
  const slugs = filter.projects.map(
    (ref) => findProject(roster, ref)?.slug ?? `removed-project-${ref}`,
  )
  return { ...filter, projects: sorted(slugs) }
}
