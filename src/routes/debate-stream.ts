import { randomUUID } from 'node:crypto'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Context, Hono } from 'hono'
import { scopeOf } from '../access/visitor'
import { debateCursor } from '../debates/cursor'
import { type Debate, ENTRY_TYPES } from '../debates/debate'
import type { FoundDebate } from '../debates/read'
import { connectedPayload, serializeEntry } from '../debates/serialize'
import { ALL_EVENTS } from '../filter/select'
import { requires } from '../http/access-policy'
import { choiceIn, queryWith, requireDebate } from '../http/debate-request'
import type { Env } from '../http/env'
import type { Services } from '../http/services'
import type { Cursor } from '../log/cursor'
import type { Connection } from '../stream/connection'
import { encodeFrame, HEARTBEAT } from '../stream/frame'
import type { RowFormat } from '../stream/row-format'
import { lastEventId, openStream } from './stream'

/** Named frames with the payloads of debates. With `complete` everything has been said. */
const DEBATE: RowFormat = {
  name: 'debate',
  encode: (row) =>
    encodeFrame({ event: row.type, id: row.id, data: JSON.stringify(serializeEntry(row)) }),
  ends: (row) => row.type === 'complete',
}

/** The live stream of one debate. */
export function debateStreamRoutes(services: Services): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/api/debates/:debateId/stream', requires('read'), (c) => stream(c, services))
  return app
}

async function stream(c: Context<Env>, services: Services) {
  const query = queryWith(c, ['replay', 'last_event_id'])
  const wantsAll = choiceIn(query, 'replay', ['all']) !== undefined
  // First the cursor: an entry that is written after this one is judged must not be passed over.
  const cursor = await cursorOf(c, services)
  const found = await requireDebate(c, services)
  const { debate } = found
  if (hasSeenTheEnd(found, cursor)) return c.body(null, 204, { 'Cache-Control': 'no-store' })
  const { debateStreams } = services
  let heartbeat = () => HEARTBEAT
  const connection = openStream(services, c, {
    family: 'debates',
    heartbeat: () => heartbeat(),
  })
  if (!connection) return RESPONSE_ALREADY_SENT
  const from = startOf(found, cursor, wantsAll)
  sayConnected(connection, found, from)
  const viewer = debateStreams.open(connection, DEBATE, filterOf(c, debate), from)
  heartbeat = () => viewer.heartbeat()
  if (cursor.kind === 'tail') viewer.sendCursor()
  if (cursor.kind === 'reset') viewer.reset(cursor.reason, cursor.given, from)
  debateStreams.catchUp(viewer)
  return RESPONSE_ALREADY_SENT
}

async function cursorOf(c: Context<Env>, services: Services): Promise<Cursor> {
  const cursor = await services.resolveCursor(lastEventId(c.env.incoming))
  return debateCursor(cursor, services.readLastRestore)
}

function hasSeenTheEnd({ debate, lastEventId: end }: FoundDebate, cursor: Cursor): boolean {
  return debate.status === 'complete' && cursor.kind === 'after' && cursor.id >= end
}

/**
 * The row after which the stream begins. Without a cursor that is the newest entry that the state in
 * `connected` takes into account, so that nothing falls in between; of a debate that is over, the one
 * before its end.
 */
function startOf(
  { debate, lastEventId: newest }: FoundDebate,
  cursor: Cursor,
  wantsAll: boolean,
): number {
  if (cursor.kind === 'after') return cursor.id
  if (cursor.kind === 'tail' && wantsAll) return 0
  return debate.status === 'complete' ? newest - 1 : newest
}

function sayConnected(connection: Connection, { debate, now }: FoundDebate, from: number): void {
  const payload = connectedPayload(debate, { clientId: randomUUID(), lastEventId: from, now })
  connection.write(encodeFrame({ event: 'connected', data: JSON.stringify(payload) }))
}

function filterOf(c: Context<Env>, { id }: Debate) {
  const scope = scopeOf(c.get('visitor'))
  return { ...ALL_EVENTS, scope, debates: [id], types: [...ENTRY_TYPES].sort() }
}
