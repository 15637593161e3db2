import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { NotFound } from '../errors/app-error'
import { EVERYTHING } from '../filter/filter'
import { parseSaved, printSaved } from '../filter/parse'
import { requires } from '../http/access-policy'
import type { Env } from '../http/env'
import { readJsonBody } from '../http/json-body'
import type { Services } from '../http/services'
import { found, idOf, NO_VIEW, requireOwner } from '../http/view-request'
import { type SavedView, SavedViews, type ViewChange } from '../saved-views/saved-views'
import { parseViewName } from '../saved-views/view-name'
import { privateStream } from './private-stream'

/** Names and filters are read as those of forms are. */
const CHANGE = z.strictObject({ name: z.unknown().optional(), filters: z.unknown().optional() })

/** Saved views as programs make them, and their streams. Each is its owner's alone. */
export function configurationRoutes(services: Services): Hono<Env> {
  const views = new SavedViews(services.db)
  const app = new Hono<Env>()
  app.get('/api/v2/configurations', requires('read'), async (c) => {
    const list = await views.list(requireOwner(c))
    return c.json({ configurations: list.map(toWire) }, 200, NOT_KEPT)
  })
  app.post('/api/v2/configurations', requires('act'), async (c) => {
    const owner = requireOwner(c)
    const { name, filters } = await readChange(c)
    const view = await views.create(owner, parseViewName(name), filters ?? EVERYTHING)
    const location = `/api/v2/configurations/${view.id}`
    return c.json(toWire(view), 201, { ...NOT_KEPT, Location: location })
  })
  app.get('/api/v2/configurations/:id', requires('read'), async (c) =>
    c.json(toWire(found(await views.find(requireOwner(c), idOf(c)))), 200, NOT_KEPT),
  )
  app.patch('/api/v2/configurations/:id', requires('act'), async (c) => {
    const owner = requireOwner(c)
    // A visitor that may not see a view learns nothing of what would be wrong with a change of it.
    found(await views.find(owner, idOf(c)))
    const view = await views.update(owner, idOf(c), await readChange(c))
    return c.json(toWire(found(view)), 200, NOT_KEPT)
  })
  app.delete('/api/v2/configurations/:id', requires('act'), async (c) => {
    if (!(await views.remove(requireOwner(c), idOf(c)))) throw new NotFound(NO_VIEW)
    return c.body(null, 204)
  })
  app.get('/api/v2/configurations/:id/stream', requires('read'), (c) =>
    privateStream(c, services, views),
  )
  return app
}

const NOT_KEPT = { 'Cache-Control': 'no-store' }

async function readChange(c: Context<Env>): Promise<ViewChange> {
  const { name, filters } = await readJsonBody(c.env.incoming, CHANGE)
  return {
    ...(name !== undefined && { name: parseViewName(name) }),
    ...(filters !== undefined && { filters: parseSaved(filters) }),
  }
}

function toWire({ id, name, filters, createdAt, updatedAt }: SavedView) {
  return {
    id,
    name,
    filters: printSaved(filters),
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  }
}
