import { EVERYTHING, type Filter } from '../filter/filter'
import { findProject } from '../fleet/directory'
import type { RosterView } from '../fleet/scoped-roster'
import { BadInput } from '../log/bad-input'
import type { ViewFilter } from './view-filter'

/** A page's filter as a view keeps it: projects by their number, for they can be renamed. Throws BadInput. */
export function toViewFilter(
  { projects, agents, states, types }: Filter,
  roster: RosterView,
): ViewFilter {
  const ids = projects.map((ref) => {
    const project = findProject(roster, ref)
    if (!project) throw new BadInput('project', `There is no project “${ref}”`)
    return project.id
  })
  return { types, project_ids: ids.sort((a, b) => a - b), agent_ids: agents, states }
}

/** What a page shows of a view. A project that is gone, or not to be seen, selects nothing. */
export function toPageFilter(
  { types, project_ids, agent_ids, states }: ViewFilter,
  roster: RosterView,
): Filter {
  const projects = project_ids.map((id) => roster.project(id)?.slug ?? `removed-project-${id}`)
  return { ...EVERYTHING, projects: projects.sort(), agents: agent_ids, states, types }
}
