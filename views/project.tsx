import type { Project } from '../src/fleet/agent'
import type { Board } from '../src/fleet/board'
import type { AppendList, Region } from '../src/stream/region'
import { listRegions, Projects } from './board'
import { BoardPager } from './components/board-pager'
import { Counts } from './components/counts'
import { cutEnd } from './components/cut'
import { BoardFeed, feedStack } from './components/feed'
import { FilterForm } from './components/filter-form'
import { projectUrl } from './components/project-section'
import { Recommended } from './components/recommended'
import { SaveView } from './components/save-view'
import { Layout, type PageFrame } from './layout'

/** The board of one project; `filter` holds what the page is narrowed to beside the project. */
interface ProjectModel {
  readonly project: Project
  readonly board: Board
}

export function ProjectPage({ model, frame }: { model: ProjectModel; frame: PageFrame }) {
  const { project } = model
  const board = beside(model)
  const { filter, chosen } = board
  const path = projectUrl(project)
  return (
    <Layout
      title={nameOf(project)}
      page="project"
      frame={frame}
      attention={board.attention}
      counts={<Counts counts={board.counts} filter={filter} path={path} />}
    >
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/">All projects</a>
      </nav>
      <h1 class="sr">Project {nameOf(project)}</h1>
      <FilterForm filter={filter} names={chosen} path={path} without="projects" />
      <SaveView filter={{ ...filter, projects: [project.slug] }} />
      <div class="columns">
        <div class="board">
          <Recommended board={board} path={path} />
          <Projects board={board} address={frame.address} path={path} />
          <BoardPager board={board} path={path} />
        </div>
        <BoardFeed lines={board.feed} filter={{ ...filter, projects: [project.slug] }} />
      </div>
    </Layout>
  )
}

export function projectRegions(
  model: ProjectModel,
  address: string,
): { regions: Region[]; stacks: AppendList[] } {
  const board = beside(model)
  return {
    regions: listRegions(board, address, {
      path: projectUrl(model.project),
      name: nameOf(model.project),
    }),
    stacks: [feedStack(board.feed)],
  }
}

function nameOf(project: Project): string {
  return cutEnd(project.name, 80)
}

// The address says the project already; in the query it would be said twice.
function beside({ board }: ProjectModel): Board {
  return { ...board, filter: { ...board.filter, projects: [] } }
}
