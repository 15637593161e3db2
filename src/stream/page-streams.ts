import type { EventRow } from '../log/event-row'
import type { Connection } from './connection'
import { Milestones } from './milestones'
import type { LivePage, Mark } from './page-lane'
import { PageLanes, type WatchedPage } from './page-lanes'
import { changesOf, type PageViewer } from './page-viewer'
import { PageViewers } from './page-viewers'

export interface PageStreamsOptions {
  /** Makes the page of a key; throws what the request should be answered with. */
  createPage: (key: string) => LivePage
  /** What a page is called in its frames: those who may see different things of it call it the same. */
  topicOf: (key: string) => string
  /** Brings what all pages are made from up to date: one read for a batch of rows. */
  refresh: (rows: readonly EventRow[]) => Promise<void>
  /** Reads all of it anew. */
  reload: () => Promise<void>
  /** Whether a fault will pass by itself, as when the database is away; none does by default. */
  isPassing?: (error: unknown) => boolean
  /** A flush of these rows failed, and is tried again. */
  onError: (error: unknown, rows: readonly EventRow[]) => void
  /** Called after each flush: how long it took, from its beginning until all had been written to. */
  onFlush?: (ms: number) => void
  /** Shortest time between two flushes. */
  flushMs?: number
  /** After a flush that failed. */
  retryMs?: number
  maxPages?: number
  /** How long a page is kept up to date that nobody watches. */
  lingerMs?: number
  /** How long an answer may wait for a row that another process has shown already. */
  aheadMs?: number
}

const FLUSH_MS = 50
/** Some of what a page shows changes with the clock alone. */
const CLOCK_REFRESH_MS = 30_000
/** The database is away, and will be back. */
const RETRY_MS = 1_000
/** Processes that share a database are usually milliseconds apart. */
const AHEAD_MS = 5_000

/**
 * Streams of page fragments. A page with its filter, and with what may be seen of it, has a key; what
 * it shows is brought up to date once for all who watch it, and only what changed goes out, to each
 * viewer at most once a flush. A viewer who is too slow is left out of flushes and gets the latest of
 * everything when there is room.
 */
export class PageStreams {
  private mark: Mark & { look: number }
  private readonly pages: PageLanes<PageViewer>
  private readonly viewers = new PageViewers(() => this.mark)
  private readonly milestones: Milestones
  private pending: EventRow[] = []
  private pendingTo: number
  private flushing: readonly EventRow[] = []
  private everythingChanged = false
  private hasGap = false
  /** Loads and flushes one after the other, so that each page is of one moment. */
  private queue: Promise<void> = Promise.resolve()
  private flushTimer: NodeJS.Timeout | null = null
  private paceTimer: NodeJS.Timeout | null = null
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
    this.milestones = new Milestones(options.aheadMs ?? AHEAD_MS)
    this.pages = new PageLanes({
      createPage: options.createPage,
      topicOf: options.topicOf,
      inTurn: (load) => this.inTurn(load),
      now: () => this.mark,
      isPassing: options.isPassing ?? (() => false),
      ...(options.maxPages && { maxPages: options.maxPages }),
      ...(options.lingerMs !== undefined && { lingerMs: options.lingerMs }),
    })
    this.clock = setInterval(() => this.touchAll(), CLOCK_REFRESH_MS)
  }

  /** The row up to which all pages are up to date. */
  get cursor(): number {
    return this.mark.cursor
  }

  /** How often a reader was written changes, since the start. */
  get writeCount(): number {
    return this.viewers.writeCount
  }

  get pageCount(): number {
    return this.pages.size
  }

  /** Resolves when nothing is being read any more. */
  async stop(): Promise<void> {
    this.stopped = true
    clearInterval(this.clock)
    this.milestones.stop()
    if (this.flushTimer) clearTimeout(this.flushTimer)
    if (this.paceTimer) clearTimeout(this.paceTimer)
    await this.queue
  }

  /** Takes what the tail has read; it is sent within one flush interval. */
  deliver(rows: readonly EventRow[]): void {
    for (const row of rows) this.pending.push(row)
    this.pendingTo = rows.at(-1)?.id ?? this.pendingTo
    this.scheduleFlush(0)
  }

  /** Rows up to `cursor` will never come: whatever is shown is read anew. */
  skipTo(cursor: number): void {
    this.hasGap = true
    this.pendingTo = cursor
    this.scheduleFlush(0)
  }

  /** Looks at every page again, for changes that no row tells of. */
  touchAll(): void {
    this.pages.dropUnused()
    if (this.pages.size === 0) return
    this.everythingChanged = true
    this.scheduleFlush(0)
  }

  /** Resolves when pages are up to date with the row, or after `deadlineMs`. */
  async reach(row: number, deadlineMs: number): Promise<void> {
    if (row > this.cursor) await this.milestones.pass(row, deadlineMs)
  }

  /** The page of a key as it is, and the row from which a stream of it has to go on. */
  async page(key: string): Promise<{ page: LivePage; cursor: number }> {
    const watched = this.pages.watch(key)
    const { page } = await watched.ready
    return { page, cursor: this.cursorOf([watched]) }
  }

  /**
   * Fragments of what has changed on the pages after `cursor`, for one answer. Waits for a row that
   * another process has read before this one; throws NotReadYet if that takes too long.
   */
  async changes(
    keys: readonly string[],
    cursor: number,
  ): Promise<{ html: string; cursor: number }> {
    await this.prepare(keys)
    if (cursor > this.cursor) await this.milestones.wait(cursor)
    const pages = keys.map((key) => this.pages.watch(key))
    // Made anew since: others needed its place.
    if (pages.some(({ loaded }) => !loaded)) return this.changes(keys, cursor)
    const html = pages.map((page) => changesOf(page, { cursor, look: null })).join('\n')
    return { html, cursor: this.cursorOf(pages) }
  }

  /** Resolves when the pages can be served; throws what is wrong with one of them. */
  async prepare(keys: readonly string[]): Promise<void> {
    await Promise.all(keys.map((key) => this.pages.watch(key).ready))
  }

  /** Serves prepared pages on an open connection from `cursor` on, until the client is gone. */
  serve(connection: Connection, keys: readonly string[], cursor: number): PageViewer {
    const pages = keys.map((key) => this.pages.watch(key))
    return this.viewers.add(connection, pages, cursor)
  }

  /** Writes a notice to everyone who reads: it changes no page, so it has no id. */
  notify(event: string, data: string): void {
    this.viewers.notify(event, data)
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

  /** For pages that were put off; the others' changes do not wait for it. */
  private flushPaced(wait: number): void {
    this.paceTimer ??= setTimeout(() => {
      this.paceTimer = null
      this.scheduleFlush(0)
    }, wait)
  }

  private retryFlush(error: unknown): void {
    this.options.onError(error, this.flushing)
    this.everythingChanged = true
    this.scheduleFlush(this.options.retryMs ?? RETRY_MS)
  }

  private async flush(): Promise<void> {
    this.flushTimer = null
    if (this.stopped) return
    this.lastFlushAt = Date.now()
    const begunAt = performance.now()
    const { pending: rows, everythingChanged, hasGap: reload } = this
    const cursor = this.pendingTo
    const mark = { cursor, look: this.mark.look + 1, byClock: cursor === this.mark.cursor }
    this.flushing = rows
    this.pending = []
    this.everythingChanged = false
    this.hasGap = false
    try {
      await (reload ? this.options.reload() : this.options.refresh(rows))
    } catch (error) {
      this.pending = [...rows, ...this.pending]
      this.hasGap ||= reload
      throw error
    }
    const outcome = await this.pages.update({ rows, everythingChanged, reload }, mark)
    const previous = this.mark
    this.mark = mark
    this.milestones.reach(cursor)
    this.viewers.tellFaults(outcome)
    this.viewers.send(previous)
    this.options.onFlush?.(performance.now() - begunAt)
    const wait = this.pages.nextUpdateIn()
    if (wait !== null) this.flushPaced(wait)
    // What those pages have missed is kept with them.
    if (outcome.errors.length > 0) throw outcome.errors[0]
  }

  /** The row up to which each of the pages has taken what concerns it. */
  private cursorOf(pages: readonly WatchedPage<PageViewer>[]): number {
    return Math.min(this.cursor, ...pages.map(({ behind }) => behind?.since ?? this.cursor))
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.queue.then(work)
    this.queue = result.then(nothing, nothing)
    return result
  }
}

function nothing(): void {}
