import type { Child } from 'hono/jsx'
import { EVERYTHING } from '../src/filter/filter'
import type { Board } from '../src/fleet/board'
import type { AppendList, Region } from '../src/stream/region'
import { attentionRegion } from './components/attention'
import { BoardPager } from './components/board-pager'
import { Counts, pageUrl } from './components/counts'
import { Empty, FirstReport } from './components/empty'
import { BoardFeed, feedStack } from './components/feed'
import { chosenValues, FilterForm } from './components/filter-form'
import { ProjectSection, projectRegion } from './components/project-section'
import { Recommended } from './components/recommended'
import { SaveView } from './components/save-view'
import { Layout, type PageFrame } from './layout'
import { group, region } from './render'

const PATH = '/'

export function BoardPage({ board, frame }: { board: Board; frame: PageFrame }) {
  const { filter, chosen } = board
  return (
    <Layout
      title=""
      page="board"
      frame={frame}
      attention={board.attention}
      counts={<Counts counts={board.counts} filter={filter} path={PATH} />}
    >
      <h1 class="sr">Agents</h1>
      <FilterForm filter={filter} names={chosen} path={PATH} />
      {chosenValues(filter, chosen).length > 0 ? <SaveView filter={filter} /> : null}
      <div class="columns">
        <div class="board">
          <Recommended board={board} path={PATH} />
          <Projects board={board} address={frame.address} path={PATH} />
          <BoardPager board={board} path={PATH} />
        </div>
        <BoardFeed lines={board.feed} filter={filter} />
      </div>
    </Layout>
  )
}

export function boardRegions(
  board: Board,
  address: string,
): { regions: Region[]; stacks: AppendList[] } {
  return {
    regions: listRegions(board, address, { path: PATH, name: '' }),
    stacks: [feedStack(board.feed)],
  }
}

/** The regions of any page that shows sections of projects. */
export function listRegions(
  board: Board,
  address: string,
  { path, name }: { path: string; name: string },
): Region[] {
  const { counts, filter } = board
  return [
    region('counts', <Counts counts={counts} filter={filter} path={path} />),
    attentionRegion(board.attention, name),
    region('recommended', <Recommended board={board} path={path} />),
    group(
      'projects',
      () => <Projects board={board} address={address} path={path} />,
      <ProjectsFrame>
        <Nothing board={board} address={address} path={path} />
      </ProjectsFrame>,
      board.sections.map((section) => projectRegion(section, { filter, path })),
    ),
    region('board-pager', <BoardPager board={board} path={path} />),
  ]
}

export function Projects(props: { board: Board; address: string; path: string }) {
  return (
    <ProjectsFrame>
      {props.board.sections.map((section) => (
        <ProjectSection section={section} page={{ filter: props.board.filter, path: props.path }} />
      ))}
      <Nothing {...props} />
    </ProjectsFrame>
  )
}

function ProjectsFrame({ children }: { children?: Child }) {
  return (
    <div id="projects" class="projects" data-settle="" hx-swap-oob="morph">
      {children}
    </div>
  )
}

function Nothing(props: { board: Board; address: string; path: string }) {
  const { board, address, path } = props
  if (board.sections.length > 0) return null
  const chosen = chosenValues(board.filter, board.chosen)
  if (chosen.length === 0) return <FirstReport address={address} />
  return (
    <Empty title="No agent matches this filter">
      <p dir="auto">{chosen.map(({ key, label }) => `${key}: ${label}`).join(', ')}</p>
      <p>
        <a class="button" href={pageUrl(path, EVERYTHING)}>
          Clear the filter
        </a>
      </p>
    </Empty>
  )
}
