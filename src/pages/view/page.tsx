import { Empty } from '../../../views/components/empty'
import { chosenValues } from '../../../views/components/filter-form'
import { type PageRegion, region } from '../../../views/region'
import { viewUrl } from '../../../views/urls'
import { parseUuid } from '../../log/uuid'
import { BoardColumns, boardParts } from '../board/parts'
import { definePage } from '../define-page'
import { type ViewModel, ViewState } from './state'

/** Its counts and links lead to the board, narrowed like the view. */
const PATH = '/'

/** The board that a saved view selects. A view has its filter with it, and is its owner's alone. */
export const viewPage = definePage({
  key: 'view',
  path: '/views/:id',
  nav: { within: 'views' },
  id: { noun: 'view', parse: parseUuid },
  isOwn: true,
  open: ({ id }, data) => new ViewState(id, data),
  title: ({ view }) => view.name,
  parts: (model, address) => ({
    head: headRegion(model),
    ...boardParts(model.board, { path: PATH, address }),
  }),
  body: (parts, { board }) => (
    <>
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/views">Views</a>
      </nav>
      {parts.head}
      <BoardColumns parts={parts} filter={board.filter} />
    </>
  ),
  gone: {
    title: 'View',
    parts: () => ({
      head: region(
        'view-head',
        <header class="view-head">
          <h1>There is no such view</h1>
        </header>,
      ),
      projects: region(
        'projects',
        <div class="projects" data-settle="">
          <Empty title="This view was deleted">
            <p>
              <a class="button" href="/views">
                Your views
              </a>
            </p>
          </Empty>
        </div>,
      ),
    }),
  },
})

function headRegion({ view, board }: ViewModel): PageRegion {
  const chosen = chosenValues(board.filter, board.chosen)
  return region(
    'view-head',
    <header class="view-head">
      <div class="view-title">
        <h1 dir="auto">{view.name}</h1>
        <a class="button" href={`${viewUrl(view.id)}/edit`}>
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
    </header>,
  )
}
