import { type Board, shownIn } from '../../src/fleet/board'
import { type BoardPlace, formatBoardPlace } from '../../src/fleet/board-place'
import { type PageRegion, region } from '../region'
import { pageUrl, withQuery } from '../urls'
import { wholeNumber } from './figures'

interface BoardPagerProps {
  board: Pick<Board, 'filter' | 'place' | 'next' | 'sections' | 'total'>
  path: string
}

/** What more there is than the page shows, and how to get there. Always on the page, mostly empty. */
export function boardPagerRegion({ board, path }: BoardPagerProps): PageRegion {
  const { filter, place, next, total } = board
  const shown = shownIn(board)
  if (place === null && shown >= total) {
    return region('board-pager', <nav class="pager" aria-label="Pages of the board" hidden />)
  }
  return region(
    'board-pager',
    <nav class="pager" aria-label="Pages of the board">
      <p class="pager-text">
        {wholeNumber(shown)} of {wholeNumber(total)} sessions on this page. Those that need you come
        first, then the newest changes.
      </p>
      {place ? (
        <a class="button" rel="first" href={pageUrl(path, filter)}>
          First page
        </a>
      ) : null}
      {next ? (
        <a class="button" rel="next" href={placeUrl(path, filter, next)}>
          Next page
        </a>
      ) : null}
    </nav>,
  )
}

function placeUrl(path: string, filter: Board['filter'], place: BoardPlace): string {
  return withQuery(pageUrl(path, filter), `after=${formatBoardPlace(place)}`)
}
