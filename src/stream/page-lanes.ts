import type { EventRow } from '../log/event-row'
import { type LivePage, type Mark, PageLane } from './page-lane'

const MAX_PAGES = 200
/** A page was just rendered, and its browser has not opened the stream yet. */
const LINGER_MS = 30_000
/** More than any page shows. */
const MAX_MISSED = 1_000

export interface PageLanesOptions {
  createPage: (key: string) => LivePage
  topicOf: (key: string) => string
  /** Runs a load when nothing else reads. */
  inTurn: (load: () => Promise<PageLane>) => Promise<PageLane>
  now: () => Mark
  /** Whether the fault lies elsewhere and will pass, so that the same rows are worth another try. */
  isPassing: (error: unknown) => boolean
  maxPages?: number
  lingerMs?: number
}

/** A page that is kept up to date, for as long as somebody watches it and a little longer. */
export interface WatchedPage<Viewer> {
  readonly key: string
  /** What it is called on the wire. */
  readonly topic: string
  readonly ready: Promise<PageLane>
  loaded: PageLane | null
  readonly viewers: Set<Viewer>
  /** Rows that it could not take yet, or not so soon, and the row before them; null while it is up to date. */
  behind: { readonly rows: readonly EventRow[]; readonly since: number; reload: boolean } | null
  /** It could not even be read anew. */
  isStuck: boolean
  updatedAt: number
  usedAt: number
}

/** What has happened since the last look at all pages. */
export interface News {
  readonly rows: readonly EventRow[]
  /** The clock has gone on, or something else that no row tells of. */
  readonly everythingChanged: boolean
  /** Rows are missing: what pages show has to be read anew. */
  readonly reload: boolean
}

/** What an update came to. */
export interface Outcome<Viewer> {
  readonly errors: readonly unknown[]
  readonly stuck: readonly WatchedPage<Viewer>[]
  readonly freed: readonly WatchedPage<Viewer>[]
}

/** Too many different pages are being watched at once. */
export class TooManyPages extends Error {}

/** All pages that are kept up to date, each once for all who watch it. */
export class PageLanes<Viewer> {
  private readonly byKey = new Map<string, WatchedPage<Viewer>>()

  constructor(private readonly options: PageLanesOptions) {}

  get size(): number {
    return this.byKey.size
  }

  /** The page of a key, perhaps not loaded yet. Throws what `createPage` throws, and TooManyPages. */
  watch(key: string): WatchedPage<Viewer> {
    const known = this.byKey.get(key)
    if (known) {
      known.usedAt = Date.now()
      return known
    }
    const live = this.options.createPage(key)
    this.makeRoom()
    const ready = this.options.inTurn(async () => {
      await live.load(this.options.now().cursor)
      page.loaded = new PageLane(live, this.options.now())
      return page.loaded
    })
    const page: WatchedPage<Viewer> = {
      key,
      topic: this.options.topicOf(key),
      ready,
      loaded: null,
      viewers: new Set(),
      behind: null,
      isStuck: false,
      updatedAt: 0,
      usedAt: Date.now(),
    }
    this.byKey.set(key, page)
    ready.catch(() => this.drop(page))
    return page
  }

  /**
   * Gives each page the rows that concern it. One that cannot take them keeps them for the next time
   * and holds up no other; where the fault is its own, it is read anew then. Returns what went wrong,
   * the pages that could not be read anew either, each once, and those that can again.
   */
  async update(news: News, mark: Mark): Promise<Outcome<Viewer>> {
    const errors: unknown[] = []
    const stuck: WatchedPage<Viewer>[] = []
    const freed: WatchedPage<Viewer>[] = []
    for (const page of this.byKey.values()) {
      try {
        await update(page, news, { from: this.options.now(), to: mark })
        if (!page.isStuck || page.behind) continue
        page.isStuck = false
        freed.push(page)
      } catch (error) {
        errors.push(error)
        if (!page.behind || this.options.isPassing(error)) continue
        if (page.behind.reload && !page.isStuck) {
          page.isStuck = true
          stuck.push(page)
        }
        page.behind.reload = true
      }
    }
    return { errors, stuck, freed }
  }

  /** In how many ms the first of the pages may be updated that were put off; null if none was. */
  nextUpdateIn(): number | null {
    const waits = [...this.byKey.values()].flatMap((page) => {
      const wait = waitOf(page)
      return page.behind && wait > 0 ? [wait] : []
    })
    return waits.length > 0 ? Math.min(...waits) : null
  }

  dropUnused(): void {
    const before = Date.now() - (this.options.lingerMs ?? LINGER_MS)
    for (const page of this.byKey.values()) {
      if (page.viewers.size === 0 && page.usedAt < before) this.drop(page)
    }
  }

  private makeRoom(): void {
    this.dropUnused()
    if (this.byKey.size < (this.options.maxPages ?? MAX_PAGES)) return
    const [oldest] = [...this.byKey.values()]
      .filter((page) => page.viewers.size === 0 && page.loaded)
      .sort((a, b) => a.usedAt - b.usedAt)
    if (!oldest) {
      throw new TooManyPages('Too many different pages are open; close some, or clear a filter')
    }
    this.drop(oldest)
  }

  private drop(page: WatchedPage<Viewer>): void {
    if (this.byKey.get(page.key) === page) this.byKey.delete(page.key)
  }
}

async function update<Viewer>(
  page: WatchedPage<Viewer>,
  { rows, everythingChanged, reload }: News,
  { from, to }: { from: Mark; to: Mark },
): Promise<void> {
  const { loaded, behind } = page
  if (!loaded) return
  const isReload = reload || behind?.reload === true
  let taken = isReload ? [] : [...(behind?.rows ?? []), ...rows]
  const putOff = () => ({
    rows: taken.slice(-MAX_MISSED),
    since: behind?.since ?? from.cursor,
    reload: isReload,
  })
  try {
    if (rows.length > 0 || behind) taken = taken.filter((row) => loaded.page.concerns(row))
    if (taken.length === 0 && !everythingChanged && !behind && !isReload) return
    if (waitOf(page) > 0) {
      page.behind = putOff()
      return
    }
    page.updatedAt = Date.now()
    if (isReload) await loaded.page.load(to.cursor)
    else await loaded.page.update(taken)
    loaded.look(to)
    page.behind = null
  } catch (error) {
    page.behind = putOff()
    throw error
  }
}

function waitOf<Viewer>({ loaded, updatedAt }: WatchedPage<Viewer>): number {
  return updatedAt + (loaded?.page.paceMs ?? 0) - Date.now()
}
