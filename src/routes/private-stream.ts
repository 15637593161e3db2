import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context } from 'hono'
import { scopeOf } from '../access/visitor'
import { filterKey, resolve } from '../filter/select'
import { directoryOf } from '../fleet/directory'
import type { Env } from '../http/env'
import type { Services } from '../http/services'
import { found, idOf, requireOwner } from '../http/view-request'
import type { EventRow } from '../log/event-row'
import { toTimestamp } from '../log/serialize'
import type { SavedViews } from '../saved-views/saved-views'
import { encodeFrame } from '../stream/frame'
import type { LogViewer } from '../stream/log-viewer'
import type { RowFormat } from '../stream/row-format'
import {
  heartbeatFrame,
  judgeV2Cursor,
  openV2Stream,
  printV2Cursor,
  requireNoFilter,
} from './metric-streams'

/** After a look at a view that failed: the database is away, and will be back. */
const RETRY_MS = 1_000

/** What a view selects, without reported text. */
const NEW_ITEM: RowFormat = {
  name: 'new_item',
  id: printV2Cursor,
  encode: (row) =>
    encodeFrame({
      event: 'new_item',
      id: printV2Cursor(row.id),
      data: JSON.stringify(itemOf(row)),
    }),
}

function itemOf({ id, type, state, projectId, agentId, turnId, debateId, at }: EventRow) {
  return {
    id,
    type,
    state,
    project_id: projectId,
    agent_id: agentId,
    turn_id: turnId,
    debate_id: debateId,
    timestamp: toTimestamp(at),
  }
}

/** The rows that a saved view selects, and its metrics; an edit of the view reaches it at once. */
export async function privateStream(
  c: Context<Env>,
  services: Services,
  views: SavedViews,
): Promise<Response> {
  const owner = requireOwner(c)
  const id = idOf(c)
  const { viewWatch, logStreams, metricStreams, tail, log, roster } = services
  const scope = scopeOf(c.get('visitor'))
  const directory = directoryOf(roster)
  const look = async () => resolve(found(await views.find(owner, id)).filters, directory, scope)
  // Before the first look: an edit after it must not be missed.
  const follower = new Follower((err) => log.warn({ err }, 'a view could not be looked at'))
  const unwatch = viewWatch.watch(id, () => follower.changed())
  try {
    const filter = await look()
    requireNoFilter(c.env.incoming)
    const cursor = await judgeV2Cursor(c.env.incoming, services)
    const start = cursor.kind === 'after' ? cursor.id : tail.head
    let cursorNow = () => start
    const connection = openV2Stream(c, services, { cursorNow: () => cursorNow(), isPrivate: true })
    if (!connection) {
      unwatch()
      return RESPONSE_ALREADY_SENT
    }
    connection.onGone(unwatch)
    const viewer = logStreams.open(connection, NEW_ITEM, filter, start)
    cursorNow = () => viewer.cursor
    if (cursor.kind === 'reset') viewer.reset(cursor.reason, cursor.given)
    connection.write(heartbeatFrame(services, viewer.cursor))
    metricStreams.open(viewer, filter)
    logStreams.catchUp(viewer)
    follower.follow(viewer, async () => {
      const view = await views.find(owner, id)
      if (!view) return connection.close('deleted')
      const next = resolve(view.filters, directory, scope)
      if (filterKey(next) === filterKey(viewer.filter)) return
      logStreams.refilter(viewer, next)
      metricStreams.refilter(viewer, next)
    })
    return RESPONSE_ALREADY_SENT
  } catch (error) {
    unwatch()
    throw error
  }
}

/** Looks at a view again after each change of it: one look at a time, and none is left out. */
class Follower {
  private isBehind = false
  private isLooking = false
  private viewer: LogViewer | null = null
  private look: () => Promise<void> = async () => {}

  constructor(private readonly onError: (error: unknown) => void) {}

  follow(viewer: LogViewer, look: () => Promise<void>): void {
    this.viewer = viewer
    this.look = look
    if (this.isBehind) this.changed()
  }

  changed(): void {
    this.isBehind = true
    if (this.viewer && !this.isLooking) void this.catchUp(this.viewer)
  }

  private async catchUp({ connection }: LogViewer): Promise<void> {
    this.isLooking = true
    while (this.isBehind && connection.isOpen) {
      this.isBehind = false
      try {
        await this.look()
      } catch (error) {
        this.onError(error)
        this.isBehind = true
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
    }
    this.isLooking = false
  }
}
