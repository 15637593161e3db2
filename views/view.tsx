import type { Board } from '../src/fleet/board'
import type { AppendList, Region } from '../src/stream/region'
import { listRegions, Projects } from './board'
import { BoardPager } from './components/board-pager'
import { Counts } from './components/counts'
import { Empty } from './components/empty'
import { BoardFeed, feedStack } from './components/feed'
import { chosenValues } from './components/filter-form'
import { Recommended } from './components/recommended'
import { Layout, type PageFrame } from './layout'
import { region } from './render'

/** As much of a saved view as its page shows. */
export interface ViewModel {
  readonly id: string
  readonly name: string
}

/** Its counts and links lead to the board, narrowed like the view. */
const PATH = '/'

/** The board that a saved view selects. */
export function ViewPage(props: { view: ViewModel; board: Board; frame: PageFrame }) {
  const { view, board, frame } = props
  const { filter } = board
  return (
    <Layout
      title={view.name}
      page="view"
      frame={frame}
      attention={board.attention}
      counts={<Counts counts={board.counts} filter={filter} path={PATH} />}
    >
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/views">Views</a>
      </nav>
      <ViewHead view={view} board={board} />
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

export function viewRegions(
  view: ViewModel,
  board: Board,
  address: string,
): { regions: Region[]; stacks: AppendList[] } {
  const regions = [
    region('view-head', <ViewHead view={view} board={board} />),
    ...listRegions(board, address, { path: PATH, name: view.name }),
  ]
  return { regions, stacks: [feedStack(board.feed)] }
}

function ViewHead({ view, board }: { view: ViewModel; board: Board }) {
  const chosen = chosenValues(board.filter, board.chosen)
  return (
    <header id="view-head" class="view-head" hx-swap-oob="morph">
      <div class="view-title">
        <h1 dir="auto">{view.name}</h1>
        <a class="button" href={`/views/${view.id}/edit`}>
          Edit
        </a>
      </div>
      {chosen.length === 0 ? (
        <p class="muted">Everything</p>
      ) : (
        <p class="muted" dir="auto">
          {chosen.map(({ key, label }) => `${key}: ${label}`).join(', ')}
        </p>
      )}
    </header>
  )
}

/** In the place of a view that was deleted while its page was open. */
export function GoneView({ frame }: { frame: PageFrame }) {
  return (
    <Layout title="View" page="view" frame={frame}>
      <GoneHead />
    </Layout>
  )
}

export function goneRegions(): { regions: Region[]; stacks: AppendList[] } {
  const nothing = (
    <div id="projects" class="projects" data-settle="" hx-swap-oob="morph">
      <Empty title="This view was deleted">
        <p>
          <a class="button" href="/views">
            Your views
          </a>
        </p>
      </Empty>
    </div>
  )
  return {
    regions: [region('view-head', <GoneHead />), region('projects', nothing)],
    stacks: [],
  }
}

function GoneHead() {
  return (
    <header id="view-head" class="view-head" hx-swap-oob="morph">
      <h1>There is no such view</h1>
    </header>
  )
}
