import type { EventRow } from '../log/event-row'
import type { Connection } from './connection'
import { encodeFrame } from './frame'
import { type LivePage, type Mark, NOTHING_SEEN, PageLane } from './page-lane'

export interface PageStreamsOptions {
  /** Makes the page of a topic; throws what the request should be answered with. */
  createPage: (topic: string) => LivePage
  /** Brings what all pages are made from up to date: one read for a batch of rows. */
  refresh: (rows: readonly EventRow[]) => Promise<void>
  /** True if a row after `cursor` passes `test`; null where memory does not reach back. */
  someRecent: (cursor: number, test: (row: EventRow) => boolean) => boolean | null
  onError: (error: unknown) => void
  /** Shortest time between two flushes. */
  flushMs?: number
}

const FLUSH_MS = 50
const MAX_LANES = 200
/** A page was just rendered, and its browser has not opened the stream yet. */
const LINGER_MS = 30_000
/** Some of what a page shows changes with the clock alone. */
const CLOCK_REFRESH_MS = 30_000
/** After a flush that failed: the database is away, and will be back. */
const RETRY_MS = 1_000

interface Lane {
  readonly topic: string
  readonly ready: Promise<PageLane>
  loaded: PageLane | null
  readonly viewers: Set<PageViewer>
  usedAt: number
}

export interface PageViewer {
  readonly connection: Connection
  readonly lanes: readonly Lane[]
  mark: Mark
  isCurrent: boolean
}

/** Too many different pages are being watched at once. */
export class TooManyPages extends Error {}

/**
 * Streams of page fragments. A page with its filter is a topic; what it shows is brought up to date
 * once for all who watch it, and only what changed goes out, to each viewer at most once a flush. A
 * viewer who is too slow is left out of flushes and gets the latest of everything when there is room.
 */
export class PageStreams {
  private mark: Mark & { look: number }
  private readonly lanes = new Map<string, Lane>()
  private readonly viewers = new Set<PageViewer>()
  private pending: EventRow[] = []
  private pendingTo: number
  private everythingChanged = false
  /** Loads and flushes one after the other, so that each page is of one moment. */
  private queue: Promise<void> = Promise.resolve()
  private flushTimer: NodeJS.Timeout | null = null
  private lastFlushAt = 0
  private readonly clock: NodeJS.Timeout
  private stopped = false

  constructor(
    private readonly options: PageStreamsOptions,
    cursor: number,
  ) {
    this.mark = { cursor, look: 0 }
    this.pendingTo = cursor
    this.clock = setInterval(() => this.touchAll(), CLOCK_REFRESH_MS)
  }

  /** The row up to which all pages are up to date. */
  get cursor(): number {
    return this.mark.cursor
  }

  stop(): void {
    this.stopped = true
    clearInterval(this.clock)
    if (this.flushTimer) clearTimeout(this.flushTimer)
  }

  /** Takes what the tail has read; it is sent within one flush interval. */
  deliver(rows: readonly EventRow[]): void {
    for (const row of rows) this.pending.push(row)
    this.pendingTo = rows.at(-1)?.id ?? this.pendingTo
    this.scheduleFlush(0)
  }

  /** Looks at every page again, for changes that no row tells of. */
  touchAll(): void {
    this.dropUnused()
    if (this.lanes.size === 0) return
    this.everythingChanged = true
    this.scheduleFlush(0)
  }

  /** The topic's page, up to date, and the row that it is up to date with. */
  async page(topic: string): Promise<{ page: LivePage; cursor: number }> {
    const { page } = await this.lane(topic).ready
    return { page, cursor: this.cursor }
  }

  /** Fragments of what has changed on the pages after `cursor`, for one answer. */
  async changes(
    topics: readonly string[],
    cursor: number,
  ): Promise<{ html: string; cursor: number }> {
    const lanes = topics.map((topic) => this.lane(topic))
    await Promise.all(lanes.map((lane) => lane.ready))
    const mark = { cursor, look: null }
    const html = lanes.map((lane) => this.changesOf(lane, mark)).join('\n')
    return { html, cursor: this.cursor }
  }

  /** Resolves when the topics can be served; throws what is wrong with one of them. */
  async prepare(topics: readonly string[]): Promise<void> {
    await Promise.all(topics.map((topic) => this.lane(topic).ready))
  }

  /** Serves prepared topics on an open connection from `cursor` on, until the client is gone. */
  serve(connection: Connection, topics: readonly string[], cursor: number): PageViewer {
    const lanes = topics.map((topic) => this.lane(topic))
    const mark = { cursor, look: null }
    const viewer: PageViewer = { connection, lanes, mark, isCurrent: false }
    for (const lane of lanes) lane.viewers.add(viewer)
    this.viewers.add(viewer)
    connection.onGone(() => this.leave(viewer))
    this.catchUp(viewer)
    return viewer
  }

  notify(event: string, data: string): void {
    const frame = Buffer.from(encodeFrame({ event, data }))
    for (const viewer of this.viewers) viewer.connection.write(frame)
  }

  private lane(topic: string): Lane {
    const known = this.lanes.get(topic)
    if (known) {
      known.usedAt = Date.now()
      return known
    }
    this.dropUnused()
    if (this.lanes.size >= MAX_LANES) {
      throw new TooManyPages('Too many different pages are open; close some, or clear a filter')
    }
    const page = this.options.createPage(topic)
    const ready = this.inTurn(async () => {
      await page.load(this.cursor)
      lane.loaded = new PageLane(page, this.mark)
      return lane.loaded
    })
    const lane: Lane = { topic, ready, loaded: null, viewers: new Set(), usedAt: Date.now() }
    this.lanes.set(topic, lane)
    ready.catch(() => this.lanes.delete(topic))
    return lane
  }

  private scheduleFlush(wait: number): void {
    if (this.flushTimer || this.stopped) return
    const interval = this.options.flushMs ?? FLUSH_MS
    const delay = Math.max(wait, this.lastFlushAt + interval - Date.now())
    const flush = () => {
      this.flushTimer = null
      this.inTurn(() => this.flush()).catch((error: unknown) => {
        this.options.onError(error)
        this.everythingChanged = true
        this.scheduleFlush(RETRY_MS)
      })
    }
    this.flushTimer = setTimeout(flush, Math.max(0, delay))
  }

  private async flush(): Promise<void> {
    this.lastFlushAt = Date.now()
    const { pending: rows, everythingChanged } = this
    const cursor = this.pendingTo
    const mark = { cursor, look: this.mark.look + 1, byClock: cursor === this.mark.cursor }
    this.pending = []
    this.everythingChanged = false
    try {
      await this.options.refresh(rows)
      for (const lane of this.lanes.values()) await updateLane(lane, rows, everythingChanged, mark)
    } catch (error) {
      this.pending = [...rows, ...this.pending]
      throw error
    }
    const previous = this.mark
    this.mark = mark
    this.send(previous)
  }

  /** One write for each viewer; those with the same topics get the same bytes. */
  private send(previous: Mark): void {
    const shared = new Map<string, Buffer | null>()
    for (const viewer of this.viewers) {
      if (viewer.connection.isBlocked) viewer.isCurrent = false
      if (!viewer.isCurrent) continue
      const key = viewer.lanes.map((lane) => lane.topic).join('\n')
      const known = shared.get(key)
      const bytes = known === undefined ? this.encodeChanges(viewer.lanes, previous) : known
      shared.set(key, bytes)
      this.advance(viewer, bytes)
    }
    for (const viewer of this.viewers) if (!viewer.isCurrent) this.catchUp(viewer)
  }

  private catchUp(viewer: PageViewer): void {
    const { connection } = viewer
    if (!connection.isOpen) return
    if (connection.isBlocked) {
      connection.onDrain(() => this.catchUp(viewer))
      return
    }
    viewer.isCurrent = true
    this.advance(viewer, this.encodeChanges(viewer.lanes, viewer.mark))
  }

  private advance(viewer: PageViewer, bytes: Buffer | null): void {
    viewer.mark = this.mark
    if (bytes) viewer.connection.write(bytes)
  }

  /**
   * A frame for each topic that changed. All but the last carry the cursor from before: a stream
   * that is cut between two of them must be resumed from where none of them had been seen.
   */
  private encodeChanges(lanes: readonly Lane[], since: Mark): Buffer | null {
    const changed = lanes
      .map((lane) => ({ topic: lane.topic, html: this.changesOf(lane, since) }))
      .filter(({ html }) => html !== '')
    if (changed.length === 0) return null
    const before = Math.max(0, since.cursor)
    const frames = changed.map(({ topic, html }, index) => {
      const id = index === changed.length - 1 ? this.cursor : before
      return encodeFrame({ event: 'patch', id, data: `${topic}\n${html}` })
    })
    return Buffer.from(frames.join(''))
  }

  private changesOf({ loaded }: Lane, since: Mark): string {
    if (!loaded) return ''
    if (since.cursor >= loaded.bornAt.cursor) return loaded.since(since)
    const changed = this.options.someRecent(since.cursor, (row) => loaded.page.concerns(row))
    return changed === false ? loaded.since(loaded.bornAt) : loaded.since(NOTHING_SEEN)
  }

  private leave(viewer: PageViewer): void {
    this.viewers.delete(viewer)
    for (const lane of viewer.lanes) {
      lane.viewers.delete(viewer)
      lane.usedAt = Date.now()
    }
  }

  private dropUnused(): void {
    const before = Date.now() - LINGER_MS
    for (const [topic, lane] of this.lanes) {
      if (lane.viewers.size === 0 && lane.usedAt < before) this.lanes.delete(topic)
    }
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.queue.then(work)
    this.queue = result.then(nothing, nothing)
    return result
  }
}

async function updateLane(
  lane: Lane,
  rows: readonly EventRow[],
  always: boolean,
  mark: Mark,
): Promise<void> {
  const { loaded } = lane
  if (!loaded) return
  const concerned = rows.filter((row) => loaded.page.concerns(row))
  if (concerned.length === 0 && !always) return
  await loaded.page.update(concerned)
  loaded.look(mark)
}

function nothing(): void {}
