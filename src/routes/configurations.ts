import { type Context, Hono } from 'hono'
import { requires } from '../http/access-policy'
import { readBody, requireContentType } from '../http/body'
import type { Env } from '../http/env'
import type { Services } from '../http/services'
import { found, idOf, NO_VIEW, requireOwner } from '../http/view-request'
import { parseJson } from '../ingest/json-text'
import { BadInput } from '../log/bad-input'
import { NotFound } from '../pages/not-found'
import { type SavedView, SavedViews, type ViewChange } from '../saved-views/saved-views'
import { parseViewFilter, SELECTS_ALL } from '../saved-views/view-filter'
import { parseViewName } from '../saved-views/view-name'
import { privateStream } from './private-stream'

const MAX_BODY_BYTES = 64 * 1024

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
    const view = await views.create(owner, parseViewName(name), filters ?? SELECTS_ALL)
    const location = `/api/v2/configurations/${view.id}`
    return c.json(toWire(view), 201, { ...NOT_KEPT, Location: location })
  })
  app.get('/api/v2/configurations/:id', requires('read'), async (c) =>
    c.json(toWire(found(await views.find(requireOwner(c), idOf(c)))), 200, NOT_KEPT),
  )
  app.patch('/api/v2/configurations/:id', requires('act'), async (c) => {
    const owner = requireOwner(c)
    // Who may not know of a view learns nothing of what would be wrong with a change of it.
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
  const { incoming } = c.env
  requireContentType(incoming, ['application/json'])
  const body = parseJson(await readBody(incoming, MAX_BODY_BYTES))
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new BadInput('name', 'A configuration is an object with name and filters')
  }
  for (const key of Object.keys(body)) {
    if (key === 'name' || key === 'filters') continue
    throw new BadInput(
      key.slice(0, 100),
      `${key.slice(0, 100)} is unknown; known are name, filters`,
    )
  }
  const { name, filters } = body as { name?: unknown; filters?: unknown }
  return {
    ...(name !== undefined && { name: parseViewName(name) }),
    ...(filters !== undefined && { filters: parseViewFilter(filters) }),
  }
}

function toWire({ id, name, filters, createdAt, updatedAt }: SavedView) {
  return {
    id,
    name,
    filters,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  }
}
