import type { FairSemaphore, ShareKey } from '../concurrency/fair-semaphore'
import type { EventRow } from '../log/event-row'
import type { TimeSlices } from '../log/time-slices'
import { CursorWaiters } from './cursor-waiters'
import type { LivePage, PageRequest } from './live-page'
import { type PageHolder, visitorsOf } from './page-holders'
import { PageVersions, type Version } from './page-versions'

/** Rows that are kept for a page that is busy; above that it is read again. */
const MAX_MISSED = 5_000
/** After this long the next update need not wait for this one, which counts as slow from then on. */
const SLOW_MS = 200
/** A page that is further behind says so, until it is this near again. */
const BEHIND_MS = 2_000
const NEAR_MS = 1_000

/** What has happened since the last update of all pages. */
export interface UpdateBatch {
  readonly rows: readonly EventRow[]
  /** The clock has gone on, or something else that no row tells of. */
  readonly everythingChanged: boolean
  /** Rows are missing: what pages show has to be read again. */
  readonly reload: boolean
}

/** What all pages have in common. */
export interface PageKeeper<Viewer extends PageHolder> {
  /** The row up to which `take` was given everything. */
  now: () => Version
  /** Numbers each snapshot of a page; later ones have higher numbers. */
  nextSequence: () => number
  /** First loads, reloads, and updates of pages that were slow the last time. */
  readonly loads: FairSemaphore
  readonly updates: FairSemaphore
  /** Cuts the updates of many pages into slices. */
  readonly slices: TimeSlices
  /** How long a page waits for its turn to be loaded for the first time. */
  readonly loadPatienceMs: number
  /** After a fault. */
  readonly retryMs: number
  /** Whether the fault lies elsewhere and will pass, so that the same rows are worth another try. */
  isPassing: (error: unknown) => boolean
  onError: (error: unknown, rows: readonly EventRow[]) => void
  /** Something has changed: the page has something to send, or is free for more. */
  onSettled: () => void
  /** Since when there is more than the rows up to `cursor`, in ms since 1970; null where that is all. */
  knownSince: (cursor: number) => number | null
  /** It could not even be read again, or now can. */
  onStuck: (page: WatchedPage<Viewer>, isStuck: boolean) => void
}

/**
 * A page that is kept up to date, for as long as a client watches it and a little longer. It loads and
 * updates at its own speed: what happens meanwhile is kept for it, and no other page waits.
 */
export class WatchedPage<Viewer extends PageHolder> {
  /** Resolves when it can be shown; rejects with the fault of its first load. */
  readonly ready: Promise<PageVersions>
  loaded: PageVersions | null = null
  readonly viewers = new Set<Viewer>()
  /** Whose requests wait for it or are answered from it, each as often as it has such requests. */
  readonly borrowers: string[] = []
  usedAt = Date.now()
  /** The row up to which it has taken what concerns it, and its last snapshot. */
  private shownAsOf: Date | null = null
  private ownVersion: Version = { cursor: -1, sequence: null }
  private missed: EventRow[] = []
  private isTouched = false
  private mustReload = false
  private isStuck = false
  private running: Promise<void> | null = null
  private updatedAt = 0
  private notBefore = 0
  private wasSlow = false
  private readonly milestones = new CursorWaiters(0)
  /** In whose lines the first load waits, or has waited. */
  private readonly lines = new Set<string>()
  private isLoading = false
  private onRead: (through: number) => void = () => {}
  private onUnread: (error: unknown) => void = () => {}

  constructor(
    readonly request: PageRequest,
    private readonly live: LivePage,
    private readonly keeper: PageKeeper<Viewer>,
  ) {
    this.ready = this.begin(
      new Promise((resolve, reject) => {
        this.onRead = resolve
        this.onUnread = reject
      }),
    )
  }

  get key(): string {
    return this.request.key
  }

  get topic(): string {
    return this.request.topic
  }

  /** A client watches it, or a request is answered from it. */
  get isHeld(): boolean {
    return this.viewers.size > 0 || this.borrowers.length > 0
  }

  get version(): Version {
    return this.ownVersion
  }

  /** When all was known that it shows; null where it is up to date, or nearly. */
  get asOf(): Date | null {
    return this.shownAsOf
  }

  /**
   * Has it loaded for the first time in the turn of this visitor, or of another one that it waits for
   * as well: no visitor waits in another's line alone, which may be long.
   */
  loadFor(visitor: string): void {
    if (this.isLoading || this.lines.has(visitor)) return
    this.lines.add(visitor)
    const { loads, loadPatienceMs } = this.keeper
    loads
      .run(visitor, () => this.load(), { patienceMs: loadPatienceMs })
      .catch((error) => {
        this.lines.delete(visitor)
        if (this.lines.size === 0) this.onUnread(error)
      })
  }

  /** Remembers what has happened; `advance` begins to work on it. */
  take({ rows, everythingChanged, reload }: UpdateBatch): void {
    if (reload) this.missed = []
    for (const row of rows) this.missed.push(row)
    this.isTouched ||= everythingChanged
    this.mustReload ||= reload
    if (this.missed.length <= MAX_MISSED) return
    this.missed = []
    this.mustReload = true
  }

  /** Begins to take what there is to take; null if there is nothing, or if it has to wait. */
  advance(): Promise<void> | null {
    if (!this.loaded || this.running) return this.running
    const { cursor } = this.keeper.now()
    try {
      this.missed = this.missed.filter((row) => this.live.concerns(row))
    } catch (error) {
      this.fail(error, this.missed)
      return null
    }
    if (!this.hasWork) {
      this.moveTo({ cursor, sequence: this.ownVersion.sequence })
      return null
    }
    if (this.waitMs > 0) return null
    this.running = this.work(cursor).finally(() => {
      this.running = null
      this.keeper.onSettled()
    })
    return this.running
  }

  /** In how many ms it may go on with what waits for it; null if nothing does. */
  nextUpdateIn(): number | null {
    return this.loaded && !this.running && this.hasWork ? Math.max(0, this.waitMs) : null
  }

  /** Resolves when it has taken the row, without regard to its pace, or after `deadlineMs`. */
  async reach(row: number, deadlineMs: number): Promise<void> {
    if (this.ownVersion.cursor >= row) return
    const passed = this.milestones.waitFor(row, deadlineMs)
    this.keeper.onSettled()
    await passed
  }

  /** Looks whether it has to say how old it is; with `isLate` it does so as soon as it is old at all. */
  checkAge(isLate = false): boolean {
    const { knownSince, now, nextSequence } = this.keeper
    if (!this.loaded || !this.live.renderAsOf) return false
    const since = knownSince(this.ownVersion.cursor)
    const limit = isLate ? -1 : this.shownAsOf ? NEAR_MS : BEHIND_MS
    const asOf = since !== null && Date.now() - since > limit ? new Date(since) : null
    if (asOf?.getTime() === this.shownAsOf?.getTime()) return false
    this.shownAsOf = asOf
    const sequence = nextSequence()
    this.loaded.setAside(this.live.renderAsOf(asOf), {
      cursor: now().cursor,
      sequence,
      timeOnly: true,
    })
    this.moveTo({ cursor: this.ownVersion.cursor, sequence })
    return true
  }

  /** Resolves when nothing is being read any more. */
  async stop(): Promise<void> {
    this.milestones.stop()
    await this.ready.catch(() => undefined)
    await this.running
  }

  private get hasWork(): boolean {
    return this.missed.length > 0 || this.isTouched || this.mustReload
  }

  private get waitMs(): number {
    const pace = this.milestones.isAwaited ? 0 : (this.live.minUpdateIntervalMs ?? 0)
    return Math.max(this.updatedAt + pace, this.notBefore) - Date.now()
  }

  private async load(): Promise<void> {
    // It was another visitor's turn first.
    if (this.isLoading) return
    this.isLoading = true
    const { cursor } = this.keeper.now()
    this.forget()
    try {
      await this.live.load(cursor)
      this.onRead(cursor)
    } catch (error) {
      this.onUnread(error)
    }
  }

  private async begin(read: Promise<number>): Promise<PageVersions> {
    const { now, nextSequence } = this.keeper
    const through = await read
    this.usedAt = Date.now()
    const sequence = nextSequence()
    // What was read may already be as of a later row than the one that it was read for.
    this.loaded = new PageVersions(this.live, { ...now(), sequence })
    if (this.live.renderAsOf)
      this.loaded.setAside(this.live.renderAsOf(null), { ...now(), sequence })
    this.moveTo({ cursor: through, sequence })
    await this.advance()
    this.checkAge()
    return this.loaded
  }

  private async work(to: number): Promise<void> {
    const { missed: rows, mustReload } = this
    this.forget()
    this.updatedAt = Date.now()
    try {
      if (mustReload) await this.reload(to)
      else await this.update(rows, to)
    } catch (error) {
      this.missed = [...rows, ...this.missed]
      this.mustReload ||= mustReload
      this.fail(error, rows)
      return
    }
    if (this.isStuck) this.tellStuck(false)
  }

  private async reload(to: number): Promise<void> {
    const { loads } = this.keeper
    await loads.run(this.shortestLineIn(loads), async () => this.live.load(to))
    this.snapshot(to)
  }

  private async update(rows: readonly EventRow[], to: number): Promise<void> {
    const { loads, updates, slices } = this.keeper
    let begunAt = Date.now()
    const work = async () => {
      if (slices.isOver) await slices.yield()
      begunAt = Date.now()
      await this.live.update(rows)
      this.snapshot(to)
    }
    try {
      if (this.wasSlow) await loads.run(this.shortestLineIn(loads), work)
      else await updates.run(this.shortestLineIn(updates), work, { holdMs: SLOW_MS })
    } finally {
      this.wasSlow = Date.now() - begunAt > SLOW_MS
    }
  }

  /** Of the visitors for whom it is kept, the one that holds and waits for the fewest permits. */
  private shortestLineIn(permits: FairSemaphore): ShareKey {
    let found: ShareKey = null
    for (const visitor of visitorsOf(this)) {
      if (found === null || permits.countOf(visitor) < permits.countOf(found)) found = visitor
    }
    return found
  }

  private forget(): void {
    this.missed = []
    this.isTouched = false
    this.mustReload = false
  }

  private fail(error: unknown, rows: readonly EventRow[]): void {
    this.isTouched = true
    this.notBefore = Date.now() + this.keeper.retryMs
    if (!this.keeper.isPassing(error)) {
      if (this.mustReload && !this.isStuck) this.tellStuck(true)
      this.mustReload = true
    }
    this.keeper.onError(error, rows)
  }

  private tellStuck(isStuck: boolean): void {
    this.isStuck = isStuck
    this.keeper.onStuck(this, isStuck)
  }

  private snapshot(to: number): void {
    const { cursor, timeOnly = false } = this.keeper.now()
    const sequence = this.keeper.nextSequence()
    // What it shows can be as of the newest row of all. A client at that row has not seen it where
    // the page was there before.
    const isAgain = this.ownVersion.cursor === cursor
    this.loaded?.snapshot({ cursor, sequence, timeOnly: timeOnly || isAgain })
    this.moveTo({ cursor: to, sequence })
    if (this.shownAsOf) this.checkAge()
  }

  private moveTo(version: Version): void {
    this.ownVersion = version
    this.milestones.advanceTo(version.cursor)
  }
}
