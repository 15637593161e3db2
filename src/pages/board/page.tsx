import { chosenValues, FilterForm } from '../../../views/components/filter-form'
import { SaveView } from '../../../views/components/save-view'
import { definePage } from '../define-page'
import { BOARD_QUERY } from '../query'
import { BoardColumns, boardParts } from './parts'
import { BoardState } from './state'

const PATH = '/'

/** All projects, or those that the filter selects. */
export const boardPage = definePage({
  key: 'board',
  path: PATH,
  nav: { label: 'Board' },
  query: BOARD_QUERY,
  open: ({ query }, data) => new BoardState(data, query),
  title: () => '',
  parts: (board, address) => boardParts(board, { path: PATH, address }),
  body: (parts, { filter, chosen }) => (
    <>
      <h1 class="sr">Agents</h1>
      <FilterForm filter={filter} names={chosen} path={PATH} />
      {chosenValues(filter, chosen).length > 0 ? <SaveView filter={filter} /> : null}
      <BoardColumns parts={parts} filter={filter} />
    </>
  ),
})
