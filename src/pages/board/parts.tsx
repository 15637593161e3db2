import { boardPagerRegion } from '../../../views/components/board-pager'
import { countsRegion } from '../../../views/components/counts'
import { Empty, FirstReport } from '../../../views/components/empty'
import { BoardFeed, feedList } from '../../../views/components/feed'
import { chosenValues } from '../../../views/components/filter-form'
import { projectRegion } from '../../../views/components/project-section'
import { recommendedRegion } from '../../../views/components/recommended'
import { group, type PageRegion } from '../../../views/region'
import type { Markup } from '../../../views/render'
import { pageUrl } from '../../../views/urls'
import { EVERYTHING, type Filter } from '../../filter/filter'
import type { Board } from '../../fleet/board'

interface BoardPartsOptions {
  /** The address that the board's links narrow. */
  path: string
  /** Where this Muster is reached. */
  address: string
}

/** What is kept up to date on any page that shows sections of projects. */
export function boardParts(board: Board, { path, address }: BoardPartsOptions) {
  const { counts, filter } = board
  return {
    counts: countsRegion({ counts, filter, path }),
    recommended: recommendedRegion({ board, path }),
    projects: projectsRegion(board, { path, address }),
    pager: boardPagerRegion({ board, path }),
    feed: feedList(board.feed),
  }
}

interface BoardColumnsProps {
  parts: Record<'recommended' | 'projects' | 'pager' | 'feed', Markup>
  /** Of the feed. */
  filter: Filter
}

/** The board, and the feed beside it. */
export function BoardColumns({ parts, filter }: BoardColumnsProps) {
  return (
    <div class="columns">
      <div class="board">
        {parts.recommended}
        {parts.projects}
        {parts.pager}
      </div>
      <BoardFeed rows={parts.feed} filter={filter} />
    </div>
  )
}

function projectsRegion(board: Board, options: BoardPartsOptions): PageRegion {
  const { filter } = board
  const sections = board.sections.map((section) =>
    projectRegion(section, { filter, path: options.path }),
  )
  return group('projects', sections, (parts) => (
    <div class="projects" data-settle="">
      {parts}
      {board.sections.length === 0 ? <Nothing board={board} {...options} /> : null}
    </div>
  ))
}

function Nothing({ board, path, address }: { board: Board } & BoardPartsOptions) {
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
