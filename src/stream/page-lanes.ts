import type { LivePage } from './page-lane'
import { type News, type PageKeeper, WatchedPage } from './watched-page'

const MAX_PAGES = 200
/** A page was just rendered, and its browser has not opened the stream yet. */
const LINGER_MS = 30_000

export interface PageLanesOptions<Viewer> extends PageKeeper<Viewer> {
  createPage: (key: string) => LivePage
  topicOf: (key: string) => string
  maxPages?: number
  lingerMs?: number
}

/** Too many different pages are being watched at once. */
export class TooManyPages extends Error {}

/** All pages that are kept up to date, each once for all who watch it. */
export class PageLanes<Viewer> {
  private readonly byKey = new Map<string, WatchedPage<Viewer>>()

  constructor(private readonly options: PageLanesOptions<Viewer>) {}

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
    const page = new WatchedPage<Viewer>(key, this.options.topicOf(key), live, this.options)
    this.byKey.set(key, page)
    page.ready.catch(() => this.drop(page))
    return page
  }

  /**
   * Gives each page what has happened. Resolves when all have taken it, or after `patienceMs`: a page
   * that takes longer goes on by itself, and holds up no other.
   */
  async update(news: News, patienceMs: number): Promise<void> {
    const pages = [...this.byKey.values()]
    for (const page of pages) page.take(news)
    const working = pages.flatMap((page) => page.advance() ?? [])
    if (working.length > 0) await within(patienceMs, Promise.all(working))
  }

  /** In how many ms the first of the pages may go on that were put off; null if none was. */
  nextUpdateIn(): number | null {
    const waits = [...this.byKey.values()].flatMap((page) => page.nextUpdateIn() ?? [])
    return waits.length > 0 ? Math.min(...waits) : null
  }

  dropUnused(): void {
    const before = Date.now() - (this.options.lingerMs ?? LINGER_MS)
    for (const page of this.byKey.values()) {
      // A request waits for one that is being loaded.
      const isUnused = page.loaded && page.viewers.size === 0
      if (isUnused && page.usedAt < before) this.drop(page)
    }
  }

  /** Resolves when nothing is being read any more. */
  async stop(): Promise<void> {
    await Promise.all([...this.byKey.values()].map((page) => page.stop()))
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

async function within(ms: number, done: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([done, late])
  clearTimeout(timer)
}
