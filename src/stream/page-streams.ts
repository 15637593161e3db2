import type { EventRow } from '../log/event-row'
import type { Connection } from './connection'
import { encodeFrame } from './frame'
import { type LivePage, type Mark, NOTHING_SEEN } from './page-lane'
import { PageLanes, type WatchedPage } from './page-lanes'
import { Reached } from './reached'

export interface PageStreamsOptions {
  /** Makes the page of a key; throws what the request should be answered with. */
  createPage: (key: string) => LivePage
  /** What a page is called in its frames: those who may see different things of it call it the same. */
  topicOf: (key: string) => string
  /** Brings what all pages are made from up to date: one read for a batch of rows. */
  refresh: (rows: readonly EventRow[]) => Promise<void>
  onError: (error: unknown) => void
  /** Shortest time between two flushes. */
  flushMs?: number
  /** After a flush that failed. */
  retryMs?: number
  maxPages?: number
  /** How long a page is kept up to date that nobody watches. */
  lingerMs?: number
}

const FLUSH_MS = 50
/** Some of what a page shows changes with the clock alone. */
const CLOCK_REFRESH_MS = 30_000
/** The database is away, and will be back. */
const RETRY_MS = 1_000

export interface PageViewer {
  readonly connection: Connection
  readonly pages: readonly WatchedPage<PageViewer>[]
  mark: Mark
  isCurrent: boolean
}

/**
 * Streams of page fragments. A page with its filter, and with
 * what may be seen of it, has a key; what it shows is brought up to date
 * once for all who watch it, and only what changed goes out, to each viewer at most once a flush. A
 * viewer who is too slow is left out of flushes and gets the latest of everything when there is room.
 */
export class PageStreams {
  private mark: Mark & { look: number }
  private readonly pages: PageLanes<PageViewer>
  private readonly viewers = new Set<PageViewer>()
  private readonly reached = new Reached(() => this.mark.cursor)
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
    // Somebody who is at this row already may have been shown it before this process was there, and
    // the clock has gone on since.
    this.mark = { cursor, look: 0, byClock: true }
    this.pendingTo = cursor
    this.pages = new PageLanes({
      createPage: options.createPage,
      inTurn: (load) => this.inTurn(load),
      now: () => this.mark,
      ...(options.maxPages && { maxPages: options.maxPages }),
      ...(options.lingerMs !== undefined && { lingerMs: options.lingerMs }),
    })
    this.clock = setInterval(() => this.touchAll(), CLOCK_REFRESH_MS)
  }

  /** The row up to which all pages are up to date. */
  get cursor(): number {
    return this.mark.cursor
  }

  /** Resolves when all pages show the row with this id, or after `deadlineMs`. */
  reach(id: number, deadlineMs: number): Promise<void> {
    return this.reached.wait(id, deadlineMs)
  }

  get pageCount(): number {
    return this.pages.size
  }

  /** Resolves when nothing is being read any more. */
  async stop(): Promise<void> {
    this.stopped = true
    clearInterval(this.clock)
    if (this.flushTimer) clearTimeout(this.flushTimer)
    await this.queue
  }

  /** Takes what the tail has read; it is sent within one flush interval. */
  deliver(rows: readonly EventRow[]): void {
    for (const row of rows) this.pending.push(row)
    this.pendingTo = rows.at(-1)?.id ?? this.pendingTo
    this.scheduleFlush(0)
  }

  /** Looks at every page again, for changes that no row tells of. */
  touchAll(): void {
    this.pages.dropUnused()
    if (this.pages.size === 0) return
    this.everythingChanged = true
    this.scheduleFlush(0)
  }

  /** The page of a key, up to date, and the row that it is up to date with. */
  async page(key: string): Promise<{ page: LivePage; cursor: number }> {
    const { page } = await this.pages.watch(key).ready
    return { page, cursor: this.cursor }
  }

  /** Fragments of what has changed on the pages after `cursor`, for one answer. */
  async changes(
    keys: readonly string[],
    cursor: number,
  ): Promise<{ html: string; cursor: number }> {
    const pages = keys.map((key) => this.pages.watch(key))
    await Promise.all(pages.map((page) => page.ready))
    const mark = { cursor, look: null }
    const html = pages.map((page) => changesOf(page, mark)).join('\n')
    return { html, cursor: this.cursor }
  }

  /** Resolves when the pages can be served; throws what is wrong with one of them. */
  async prepare(keys: readonly string[]): Promise<void> {
    await Promise.all(keys.map((key) => this.pages.watch(key).ready))
  }

  /** Serves prepared pages on an open connection from `cursor` on, until the client is gone. */
  serve(connection: Connection, keys: readonly string[], cursor: number): PageViewer {
    const pages = keys.map((key) => this.pages.watch(key))
    const mark = { cursor, look: null }
    const viewer: PageViewer = { connection, pages, mark, isCurrent: false }
    for (const page of pages) page.viewers.add(viewer)
    this.viewers.add(viewer)
    connection.onGone(() => this.leave(viewer))
    this.catchUp(viewer)
    return viewer
  }

  /** Writes a notice to everyone who reads: it changes no page, so it has no id. */
  notify(event: string, data: string): void {
    const frame = Buffer.from(encodeFrame({ event, data }))
    for (const { connection } of this.viewers) {
      if (!connection.isBlocked) connection.write(frame)
    }
  }

  /** One flush at a time waits for its turn; what comes meanwhile is taken along. */
  private scheduleFlush(wait: number): void {
    if (this.flushTimer || this.stopped) return
    const interval = this.options.flushMs ?? FLUSH_MS
    const delay = Math.max(0, wait, this.lastFlushAt + interval - Date.now())
    this.flushTimer = setTimeout(() => {
      void this.inTurn(() => this.flush()).catch((error: unknown) => this.retryFlush(error))
    }, delay)
  }

  private retryFlush(error: unknown): void {
    this.options.onError(error)
    this.everythingChanged = true
    this.scheduleFlush(this.options.retryMs ?? RETRY_MS)
  }

  private async flush(): Promise<void> {
    this.flushTimer = null
    if (this.stopped) return
    this.lastFlushAt = Date.now()
    const { pending: rows, everythingChanged } = this
    const cursor = this.pendingTo
    const mark = { cursor, look: this.mark.look + 1, byClock: cursor === this.mark.cursor }
    this.pending = []
    this.everythingChanged = false
    try {
      await this.options.refresh(rows)
    } catch (error) {
      this.pending = [...rows, ...this.pending]
      throw error
    }
    const errors = await this.pages.update(rows, everythingChanged, mark)
    const previous = this.mark
    this.mark = mark
    this.reached.tell()
    this.send(previous)
    // What those pages have missed is kept with them.
    if (errors.length > 0) throw errors[0]
  }

  /** One write for each viewer; those with the same pages get the same bytes. */
  private send(previous: Mark): void {
    const shared = new Map<string, Buffer | null>()
    for (const viewer of this.viewers) {
      if (viewer.connection.isBlocked) viewer.isCurrent = false
      if (!viewer.isCurrent) continue
      const key = viewer.pages.map((page) => page.key).join('\n')
      const known = shared.get(key)
      const bytes = known === undefined ? this.encodeChanges(viewer.pages, previous) : known
      shared.set(key, bytes)
      this.advance(viewer, bytes)
    }
    for (const viewer of this.viewers) if (!viewer.isCurrent) this.catchUp(viewer)
  }

  private catchUp(viewer: PageViewer): void {
    const { connection, pages } = viewer
    if (!connection.isOpen) return
    if (connection.isBlocked) {
      connection.onDrain(() => this.catchUp(viewer))
      return
    }
    const missing = pages.find((page) => !page.loaded)
    if (missing) {
      // It was dropped between the preparation and now, and is being read again.
      missing.ready.then(
        () => this.catchUp(viewer),
        () => connection.destroy(),
      )
      return
    }
    if (viewer.isCurrent) return
    viewer.isCurrent = true
    this.advance(viewer, this.encodeChanges(pages, viewer.mark))
  }

  private advance(viewer: PageViewer, bytes: Buffer | null): void {
    viewer.mark = this.mark
    if (bytes) viewer.connection.write(bytes)
  }

  /**
   * A frame for each page that changed. All but the last carry the cursor from before: a stream
   * that is cut between two of them must be resumed from where none of them had been seen.
   */
  private encodeChanges(pages: PageViewer['pages'], since: Mark): Buffer | null {
    const changed = pages
      .map((page) => ({ topic: this.options.topicOf(page.key), html: changesOf(page, since) }))
      .filter(({ html }) => html !== '')
    if (changed.length === 0) return null
    const before = Math.max(0, since.cursor)
    const frames = changed.map(({ topic, html }, index) => {
      const id = index === changed.length - 1 ? this.cursor : before
      return encodeFrame({ event: 'patch', id, data: `${topic}\n${html}` })
    })
    return Buffer.from(frames.join(''))
  }

  private leave(viewer: PageViewer): void {
    this.viewers.delete(viewer)
    for (const page of viewer.pages) {
      page.viewers.delete(viewer)
      page.usedAt = Date.now()
    }
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.queue.then(work)
    this.queue = result.then(nothing, nothing)
    return result
  }
}

/**
 * What was shown before the page was watched is not known: then all of it has to be sent, even where
 * no row concerns it, for the clock changes pages too.
 */
function changesOf({ loaded }: WatchedPage<PageViewer>, since: Mark): string {
  if (!loaded) return ''
  return loaded.since(since.cursor >= loaded.bornAt.cursor ? since : NOTHING_SEEN)
}

function nothing(): void {}
