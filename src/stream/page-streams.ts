import { AsyncLocalStorage } from 'node:async_hooks'
import { FairSemaphore } from '../concurrency/fair-semaphore'
import type { EventRow } from '../log/event-row'
import { TimeSlices } from '../log/time-slices'
import type { Connection } from './connection'
import { CursorWaiters } from './cursor-waiters'
import { Freshness } from './freshness'
import type { LivePage, PageRequest } from './live-page'
import { PageRegistry } from './page-registry'
import type { Version } from './page-versions'
import { changesOf, type PageViewer, PageViewers } from './page-viewers'
import type { WatchedPage } from './watched-page'
import { within } from './within'

export interface PageStreamsOptions {
  /** Brings what all pages are made from up to date: one read for a batch of rows. */
  refresh: (rows: readonly EventRow[]) => Promise<void>
  /** Reads all of it again. */
  reload: () => Promise<void>
  /** Whether a fault will pass by itself, as when the database is away; none does by default. */
  isPassing?: (error: unknown) => boolean
  /** Whether a page that failed so is not there at all; none is by default. */
  isMissing?: (error: unknown) => boolean
  /** A flush of these rows failed, or one page could not take them: it is tried again. */
  onError: (error: unknown, rows: readonly EventRow[]) => void
  /** Called after each flush: how long it took, from its beginning until all had been written to. */
  onFlush?: (ms: number) => void
  /** Shortest time between two flushes. */
  flushMs?: number
  /** After a flush that failed. */
  retryMs?: number
  maxPages?: number
  /** How long a flush waits for pages that take their time; they are sent with a later one. */
  patienceMs?: number
  /** Ends a stream whose room another visitor needs. */
  evict?: (connection: Connection) => void
  /** Shares the loads of pages among visitors; without it `maxLoads` go on at once. */
  loads?: FairSemaphore
  /** How many pages are loaded at once, and how many are updated, shared out among visitors. */
  maxLoads?: number
  maxUpdates?: number
  /** How long a first load waits for others before it is refused. */
  loadPatienceMs?: number
  /** How long a stream waits before it opens for pages that are being loaded. */
  openPatienceMs?: number
  /** How long after a first load that failed it is tried again for a stream that is open. */
  reloadMs?: number
  /** How long a page without viewers is kept up to date. */
  lingerMs?: number
  /** How long an answer may wait for a row that another process has shown already. */
  aheadMs?: number
}

const FLUSH_MS = 50
/** A page that takes longer than this is sent by itself. */
const PATIENCE_MS = 50
export const MAX_LOADS = 4
const MAX_UPDATES = 4
const LOAD_PATIENCE_MS = 5_000
/** What is refused with a status has to be known by then; most pages are loaded sooner. */
const OPEN_PATIENCE_MS = 500
const RELOAD_MS = 5_000
/** Some of what a page shows changes with the clock alone. */
const CLOCK_REFRESH_MS = 30_000
/** How often it is looked at how old pages are. */
const AGE_LOOK_MS = 500
/** The database is away, and will be back. */
const RETRY_MS = 1_000
const NO_ROW: AwaitedRow = { atLeast: 0, patienceMs: 0 }
/** For calls without a visitor. */
const NOBODY = ''
/** Processes that share a database are usually milliseconds apart. */
const AHEAD_MS = 5_000

/**
 * Streams of page fragments. A page with its filter, and with what may be seen of it, has a key; what
 * it shows is brought up to date once for all viewers, and only what changed goes out, to each
 * viewer at most once a flush. Each page loads and updates at its own speed: one that is slow is sent
 * when it is ready, and delays no other. A viewer who is too slow is left out of flushes and gets the
 * latest of everything when there is room.
 */
export class PageStreams {
  /** What this process knows of the log, which its pages may not show yet. */
  readonly freshness = new Freshness()
  /** The row that was last handed to the pages. */
  private given: Version
  /** The same, but that the flush is over as well. */
  private flushedTo: number
  private sequence = 0
  private readonly pages: PageRegistry<PageViewer>
  private readonly viewers: PageViewers
  private readonly milestones: CursorWaiters
  private pending: EventRow[] = []
  private pendingTo: number
  private everythingChanged = false
  private hasGap = false
  /** One flush after the other: what all pages are made from is read in the order of the log. */
  private queue: Promise<void> = Promise.resolve()
  private isSettling = false
  private flushTimer: NodeJS.Timeout | null = null
  private laterTimer: NodeJS.Timeout | null = null
  private lastFlushAt = 0
  private readonly clock: NodeJS.Timeout
  private readonly ageClock: NodeJS.Timeout
  private stopped = false
  /** A flush runs outside of the request that triggered it. */
  private readonly inOwnContext = AsyncLocalStorage.snapshot()

  constructor(
    private readonly options: PageStreamsOptions,
    cursor: number,
  ) {
    // A client that is at this row already may have been shown it before this process was there, and
    // the clock has gone on since.
    this.given = { cursor, sequence: null, timeOnly: true }
    this.flushedTo = cursor
    this.pendingTo = cursor
    const { maxUpdates = MAX_UPDATES } = options
    this.milestones = new CursorWaiters(options.aheadMs ?? AHEAD_MS)
    this.pages = new PageRegistry({
      now: () => this.given,
      nextSequence: () => ++this.sequence,
      evict: ({ connection }) =>
        options.evict ? options.evict(connection) : connection.close('busy'),
      loads: options.loads ?? new FairSemaphore({ atOnce: options.maxLoads ?? MAX_LOADS }),
      // One is left for others, whatever one visitor looks at.
      updates: new FairSemaphore({ atOnce: maxUpdates, atOncePerKey: Math.max(1, maxUpdates - 1) }),
      slices: new TimeSlices(),
      loadPatienceMs: options.loadPatienceMs ?? LOAD_PATIENCE_MS,
      retryMs: options.retryMs ?? RETRY_MS,
      isPassing: options.isPassing ?? (() => false),
      onError: options.onError,
      onSettled: () => {
        if (!this.isSettling) this.scheduleFlush(0)
      },
      knownSince: (row) => this.freshness.since(row),
      onStuck: (page, isStuck) => this.viewers.tellFault(page, isStuck),
      ...(options.maxPages && { maxPages: options.maxPages }),
      ...(options.lingerMs !== undefined && { lingerMs: options.lingerMs }),
    })
    this.viewers = new PageViewers({
      watch: (request, visitor) => {
        const page = this.pages.watch(request, visitor)
        page.loadFor(visitor)
        return page
      },
      isMissing: options.isMissing ?? (() => false),
      reloadMs: options.reloadMs ?? RELOAD_MS,
    })
    this.clock = setInterval(() => this.invalidateAll(), CLOCK_REFRESH_MS)
    this.ageClock = setInterval(() => this.checkAges(), AGE_LOOK_MS)
  }

  /** The row up to which all pages are up to date, but for those that take their time. */
  get cursor(): number {
    return this.flushedTo
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
    clearInterval(this.ageClock)
    this.milestones.stop()
    if (this.flushTimer) clearTimeout(this.flushTimer)
    if (this.laterTimer) clearTimeout(this.laterTimer)
    await this.queue
    await this.pages.stop()
  }

  /** Takes what the tail has read; it is sent within one flush interval. */
  deliver(rows: readonly EventRow[]): void {
    for (const row of rows) this.pending.push(row)
    this.pendingTo = rows.at(-1)?.id ?? this.pendingTo
    this.freshness.note(this.pendingTo)
    this.scheduleFlush(0)
  }

  /** Rows up to `cursor` will never come: all pages are read again. */
  skipTo(cursor: number): void {
    this.hasGap = true
    this.pendingTo = cursor
    this.freshness.note(cursor)
    this.scheduleFlush(0)
  }

  /** Looks at every page again, for changes that no row tells of. */
  invalidateAll(): void {
    this.pages.dropUnused()
    if (this.pages.size === 0) return
    this.everythingChanged = true
    this.scheduleFlush(0)
  }

  /** Resolves when pages are up to date with the row, or after `deadlineMs`. */
  async reach(row: number, deadlineMs: number): Promise<void> {
    if (row > this.cursor) await this.milestones.waitFor(row, deadlineMs)
  }

  /**
   * Pages as they are, and the row from which a stream of them has to go on. Where there is no room
   * they are read for this answer alone. It waits at most `patienceMs` for the row `atLeast` to be on
   * the pages, and says for how many ms there had been something newer where that was too short.
   */
  async show<const Requests extends readonly PageRequest[]>(
    requests: Requests,
    visitor = NOBODY,
    row: AwaitedRow = NO_ROW,
  ): Promise<ShownPages<OpenPages<Requests>>> {
    const deadline = Date.now() + row.patienceMs
    if (row.atLeast > this.cursor) await this.reach(row.atLeast, row.patienceMs)
    const { pages, release } = this.pages.borrow(requests, visitor)
    try {
      const loaded = await Promise.all(pages.map(({ ready }) => ready))
      const behindMs = await this.wait(pages, row.atLeast, deadline)
      const [asOf = null] = pages
        .flatMap((page) => page.asOf ?? [])
        .sort((a, b) => a.getTime() - b.getTime())
      // A page that was open already has the same key, so it was opened by an equal request.
      const opened = loaded.map(({ page }) => page) as unknown as OpenPages<Requests>
      return { pages: opened, cursor: cursorOf(pages), asOf, behindMs }
    } finally {
      release()
    }
  }

  /**
   * Reads a page that is shown once, as of the row `through` or later. It waits with the loads of other
   * pages for its turn, and throws Busy where that does not come in time.
   */
  async readOnce(live: LivePage, visitor: string, through: number): Promise<void> {
    await this.pages.readOnce(live, visitor, through)
  }

  /**
   * Fragments of what has changed on the pages after `cursor`, for one answer. Waits for a row that
   * another process has read before this one; throws CursorTimeout if that takes too long. For the row
   * `atLeast` it waits like `show`.
   */
  async changes(
    requests: readonly PageRequest[],
    cursor: number,
    visitor = NOBODY,
    row: AwaitedRow = NO_ROW,
  ): Promise<{ html: string; cursor: number; behindMs: number }> {
    const deadline = Date.now() + row.patienceMs
    if (row.atLeast > this.cursor) await this.reach(row.atLeast, row.patienceMs)
    const { pages, release } = this.pages.borrow(requests, visitor)
    try {
      await Promise.all(pages.map(({ ready }) => ready))
      if (cursor > this.cursor) await this.milestones.wait(cursor)
      const behindMs = await this.wait(pages, row.atLeast, deadline)
      const html = pages.map((page) => changesOf(page, { cursor, sequence: null })).join('\n')
      return { html, cursor: Math.max(cursor, cursorOf(pages)), behindMs }
    } finally {
      release()
    }
  }

  /**
   * Resolves when the pages can be served to the visitor, or soon after: one that takes long to load is
   * sent when it is there. Throws what is wrong with one of them, as far as that is known by then, and
   * TooManyPages where there is no room and the visitor holds its share of them.
   */
  async prepare(requests: readonly PageRequest[], visitor = NOBODY): Promise<void> {
    const { pages, release } = this.pages.prepare(requests, visitor)
    const patienceMs = this.options.openPatienceMs ?? OPEN_PATIENCE_MS
    try {
      await within(patienceMs, Promise.all(pages.map(({ ready }) => ready)))
    } finally {
      release()
    }
  }

  /** Serves prepared pages on an open connection from `cursor` on, until the client is gone. */
  serve(connection: Connection, requests: readonly PageRequest[], cursor: number): PageViewer {
    const { pages, release } = this.pages.prepare(requests, connection.visitor)
    try {
      return this.viewers.add(connection, pages, cursor)
    } finally {
      release()
    }
  }

  /** Writes a notice to all viewers: it changes no page, so it has no id. */
  notify(event: string, data: string): void {
    this.viewers.notify(event, data)
  }

  /** For how many ms there has been more than the pages show; 0 where they show the row. */
  private async wait(
    pages: readonly WatchedPage<PageViewer>[],
    row: number,
    deadline: number,
  ): Promise<number> {
    const patienceMs = Math.max(0, deadline - Date.now())
    await Promise.all(pages.map((page) => page.reach(row, patienceMs)))
    const late = pages.filter(({ version }) => version.cursor < row)
    for (const page of late) page.checkAge(true)
    return Math.max(
      0,
      ...late.map(({ version }) => Math.max(1, this.freshness.behindMs(version.cursor))),
    )
  }

  private checkAges(): void {
    const { hasChanged, cursor } = this.pages.checkAges()
    this.freshness.forget(Math.min(cursor, this.cursor))
    if (hasChanged) this.viewers.send()
  }

  /** One flush at a time waits for its turn; what comes meanwhile is taken along. */
  private scheduleFlush(wait: number): void {
    if (this.flushTimer || this.stopped) return
    const interval = this.options.flushMs ?? FLUSH_MS
    const delay = Math.max(0, wait, this.lastFlushAt + interval - Date.now())
    this.flushTimer = setTimeout(() => {
      this.inOwnContext(() => {
        this.queue = this.queue.then(() => this.flush())
      })
    }, delay)
  }

  /** For pages that were put off; the others' changes do not wait for it. */
  private flushIn(wait: number | null): void {
    if (wait === null || this.laterTimer || this.stopped) return
    this.laterTimer = setTimeout(() => {
      this.laterTimer = null
      this.scheduleFlush(0)
    }, wait)
  }

  private async flush(): Promise<void> {
    this.flushTimer = null
    if (this.stopped) return
    this.lastFlushAt = Date.now()
    const begunAt = performance.now()
    const { pending: rows, pendingTo: cursor, everythingChanged, hasGap: reload } = this
    this.pending = []
    this.everythingChanged = false
    this.hasGap = false
    try {
      await (reload ? this.options.reload() : this.options.refresh(rows))
    } catch (error) {
      this.pending = [...rows, ...this.pending]
      this.hasGap ||= reload
      this.everythingChanged = true
      this.options.onError(error, rows)
      this.scheduleFlush(this.options.retryMs ?? RETRY_MS)
      return
    }
    this.given = { cursor, sequence: null, timeOnly: cursor === this.given.cursor }
    this.isSettling = true
    await this.pages.update({ rows, everythingChanged, reload }, this.patienceMs)
    this.isSettling = false
    this.flushedTo = cursor
    this.milestones.advanceTo(cursor)
    this.viewers.send()
    this.options.onFlush?.(performance.now() - begunAt)
    this.flushIn(this.pages.nextUpdateIn())
  }

  private get patienceMs(): number {
    return this.options.patienceMs ?? PATIENCE_MS
  }
}

/** A row that an answer should show, and how long it may be waited for. */
export interface AwaitedRow {
  readonly atLeast: number
  readonly patienceMs: number
}

/** What each of the requests opens. */
type OpenPages<Requests extends readonly PageRequest[]> = {
  readonly [Index in keyof Requests]: ReturnType<Requests[Index]['open']>
}

/** Pages as they are at this moment. */
interface ShownPages<Pages> {
  readonly pages: Pages
  readonly cursor: number
  /** When all was known that they show; null where they are up to date, or nearly. */
  readonly asOf: Date | null
  readonly behindMs: number
}

/** The row up to which each of the pages has taken what concerns it. */
function cursorOf(pages: readonly WatchedPage<PageViewer>[]): number {
  return Math.min(...pages.map(({ version }) => version.cursor))
}
