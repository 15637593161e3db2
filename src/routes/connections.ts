import { type Context, Hono } from 'hono'
import { endConnected, isPlaceAmongConnected, listConnected } from '../access/connected'
import { BadInput, NotFound } from '../errors/app-error'
import { requireKnown } from '../filter/known-keys'
import { requires } from '../http/access-policy'
import type { Env } from '../http/env'
import { queryOf } from '../http/event-query'
import type { Services } from '../http/services'
import { toTimestamp } from '../log/serialize'
import { parseUuid } from '../log/uuid'

const MAX_VISITOR = 200

/** The open streams of every process on this database, as JSON for administrators. */
export function connectionRoutes(services: Services): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/api/connections', requires('admin'), async (c) => {
    const asked = connectionsAsked(queryOf(c.env.incoming))
    await services.presence.sync()
    const { streams, visitors, next } = await listConnected(services.db, asked)
    const connections = streams.map(({ openedAt, isEnding, ...stream }) => ({
      ...stream,
      opened_at: toTimestamp(openedAt),
      is_ending: isEnding,
    }))
    return c.json({ connections, visitors, next })
  })
  app.delete('/api/connections/:id', requires('admin'), async (c) => {
    const id = connectionId(c)
    if (!(await endConnection(services, id, c.get('visitor').actor))) throw unknown()
    return c.body(null, 204)
  })
  return app
}

/** What the query of a list asks for. Throws BadInput. */
export function connectionsAsked(query: URLSearchParams) {
  requireKnown(query.keys(), ['visitor', 'after'])
  const visitor = query.get('visitor')
  const after = query.get('after')
  if (visitor !== null && (visitor.length > MAX_VISITOR || visitor.includes('\0'))) {
    throw new BadInput('visitor', 'visitor is nobody')
  }
  if (after !== null && !isPlaceAmongConnected(after)) {
    throw new BadInput('after', 'after is no place in the list')
  }
  return { visitor, after }
}

/** Throws NotFound for what is no connection's id. */
export function connectionId(c: Context<Env>): string {
  const id = parseUuid(c.req.param('id') ?? '')
  if (id === null) throw unknown()
  return id
}

/** Ends it within seconds, and at once where it is connected to this process; false: there is none. */
export async function endConnection(
  { db, connections }: Services,
  id: string,
  actor: string,
): Promise<boolean> {
  const hasEnded = await endConnected(db, id, actor)
  if (hasEnded) connections.endStream(id)
  return hasEnded
}

function unknown(): NotFound {
  return new NotFound('There is no such connection; it may have ended')
}
