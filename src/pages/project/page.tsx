import { cutEnd } from '../../../views/components/cut'
import { FilterForm } from '../../../views/components/filter-form'
import { SaveView } from '../../../views/components/save-view'
import { projectUrl } from '../../../views/urls'
import { isSlug } from '../../filter/values'
import type { Project } from '../../fleet/agent'
import { BoardColumns, boardParts } from '../board/parts'
import { definePage } from '../define-page'
import { BOARD_QUERY } from '../query'
import { ProjectState } from './state'

/** The board of one project. */
export const projectPage = definePage({
  key: 'project',
  path: '/projects/:slug',
  nav: { within: 'board' },
  id: { noun: 'project', parse: (text: string) => (isSlug(text) ? text : null) },
  query: BOARD_QUERY,
  open: ({ id, query }, data) => new ProjectState(id, query, data),
  title: ({ project }) => nameOf(project),
  parts: ({ project, board }, address) => boardParts(board, { path: projectUrl(project), address }),
  body: (parts, { project, board }) => {
    const { filter, chosen } = board
    const whole = { ...filter, projects: [project.slug] }
    return (
      <>
        <nav class="crumbs" aria-label="Breadcrumb">
          <a href="/">All projects</a>
        </nav>
        <h1 class="sr">Project {nameOf(project)}</h1>
        <FilterForm filter={filter} names={chosen} path={projectUrl(project)} without="projects" />
        <SaveView filter={whole} />
        <BoardColumns parts={parts} filter={whole} />
      </>
    )
  },
})

function nameOf(project: Project): string {
  return cutEnd(project.name, 80)
}
