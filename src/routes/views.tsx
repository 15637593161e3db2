import { type Context, Hono } from 'hono'
import { EditViewPage, type ListedView, ViewsPage } from '../../views/views'
import { ownerOf } from '../access/owner'
import { scopeOf } from '../access/visitor'
import { parseFilter } from '../filter/parse'
import { chosenIn } from '../fleet/build-board'
import { withNames, withNumbers } from '../fleet/directory'
import { type RosterView, scopedRoster } from '../fleet/scoped-roster'
import { withRecords } from '../fleet/with-records'
import { requires } from '../http/access-policy'
import type { Env } from '../http/env'
import { readForm } from '../http/form'
import { HTML_HEADERS } from '../http/html'
import type { Services } from '../http/services'
import { found, idOf, requireOwner } from '../http/view-request'
import { type SavedView, SavedViews } from '../saved-views/saved-views'
import { parseViewName } from '../saved-views/view-name'
import { document, pageFrame } from './pages'

const PAGE_PATIENCE_MS = 1_000

/** The pages of saved views, and their forms. */
export function viewRoutes(services: Services): Hono<Env> {
  const views = new SavedViews(services.db)
  const app = new Hono<Env>()
  app.get('/views', requires('read'), async (c) => {
    // A first visit is given a cookie with this page.
    const owner = ownerOf(c.get('visitor'), c.env.incoming)
    const list = owner === null ? [] : await views.list(owner)
    const roster = rosterOf(c, services)
    const page = (
      <ViewsPage
        views={await Promise.all(list.map((view) => listed(view, roster)))}
        frame={pageFrame(c, services)}
      />
    )
    return c.body(document(page), 200, HTML_HEADERS)
  })
  app.post('/views', requires('form'), async (c) => {
    const owner = requireOwner(c)
    const { name, filters } = await readView(c, services)
    const { id } = await views.create(owner, name, filters)
    return c.redirect(`/views/${id}`, 303)
  })
  app.get('/views/:id/edit', requires('read'), async (c) => {
    const view = found(await views.find(requireOwner(c), idOf(c)))
    const roster = rosterOf(c, services)
    const page = <EditViewPage view={await listed(view, roster)} frame={pageFrame(c, services)} />
    return c.body(document(page), 200, HTML_HEADERS)
  })
  app.post('/views/:id', requires('form'), async (c) => {
    const owner = requireOwner(c)
    found(await views.find(owner, idOf(c)))
    const { id } = found(await views.update(owner, idOf(c), await readView(c, services)))
    // The page that the browser is sent to shows the change, also where no script would follow it.
    const { head } = await services.readBounds()
    await services.pageStreams.reach(head, PAGE_PATIENCE_MS)
    return c.redirect(`/views/${id}`, 303)
  })
  app.post('/views/:id/delete', requires('form'), async (c) => {
    const owner = requireOwner(c)
    const view = found(await views.find(owner, idOf(c)))
    await views.remove(owner, view.id)
    return c.redirect('/views', 303)
  })
  return app
}

/** Throws BadInput. */
async function readView(c: Context<Env>, services: Services) {
  const fields = await readForm(c.env.incoming)
  const filters = withNumbers(parseFilter(fields), rosterOf(c, services))
  return { name: parseViewName(fields.get('name')), filters }
}

function rosterOf(c: Context<Env>, { roster }: Services): RosterView {
  return scopedRoster(roster, scopeOf(c.get('visitor')))
}

async function listed({ id, name, filters }: SavedView, roster: RosterView): Promise<ListedView> {
  const filter = withNames(filters, roster)
  const names = await withRecords(roster, (need) => chosenIn(filter, roster, need))
  return { id, name, filter, names }
}
