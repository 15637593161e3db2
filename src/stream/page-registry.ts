import { Unavailable } from '../errors/app-error'
import type { LivePage, PageRequest } from './live-page'
import { type PageHolder, streamToEnd } from './page-holders'
import { type PageKeeper, type UpdateBatch, WatchedPage } from './watched-page'
import { within } from './within'

const MAX_PAGES = 200
/** A page was just rendered, and its browser has not opened the stream yet. */
const LINGER_MS = 30_000

interface PageRegistryOptions<Viewer extends PageHolder> extends PageKeeper<Viewer> {
  /** Ends a stream whose room another visitor needs; it holds no page any more afterwards. */
  evict: (viewer: Viewer) => void
  maxPages?: number
  lingerMs?: number
}

/** Too many different pages are being watched at once. */
export class TooManyPages extends Unavailable {}

/** Pages that are kept up to date for one answer. */
interface Borrowed<Viewer extends PageHolder> {
  readonly pages: readonly WatchedPage<Viewer>[]
  /** The answer has been made. */
  release(): void
}

/** All pages that are kept up to date, each once for all who watch it. */
export class PageRegistry<Viewer extends PageHolder> {
  private readonly byKey = new Map<string, WatchedPage<Viewer>>()
  /** For these there was no room: each is kept until the requests that wait for it are answered. */
  private readonly passing = new Map<string, WatchedPage<Viewer>>()

  constructor(private readonly options: PageRegistryOptions<Viewer>) {}

  get size(): number {
    return this.byKey.size
  }

  /**
   * The page that is asked for, perhaps not loaded yet, for a stream of the visitor. Throws what its
   * opening throws, and TooManyPages where the visitor holds a share already.
   */
  watch(request: PageRequest, visitor: string): WatchedPage<Viewer> {
    const known = this.find(request.key)
    if (known) return known
    const live = request.open()
    while (!this.hasRoom()) this.takeRoom(visitor)
    return this.add(this.byKey, this.create(request, live))
  }

  /**
   * Pages for one answer, perhaps not loaded yet. One that is not watched and for which there is no
   * room is kept beside the others; of equal ones that are asked for meanwhile there is one.
   */
  borrow(requests: readonly PageRequest[], visitor: string): Borrowed<Viewer> {
    return this.keep(
      requests.map((request) => () => {
        const { key } = request
        return this.find(key) ?? this.passing.get(key) ?? this.make(request)
      }),
      visitor,
    )
  }

  /** Loads a page that is not kept, in the visitor's turn among all loads. */
  async readOnce(live: LivePage, visitor: string, through: number): Promise<void> {
    const { loads, loadPatienceMs: patienceMs } = this.options
    await loads.run(visitor, () => live.load(through), { patienceMs })
  }

  /** Pages for a stream that is to be opened, as `watch` gives them. */
  prepare(requests: readonly PageRequest[], visitor: string): Borrowed<Viewer> {
    return this.keep(
      requests.map((request) => () => this.watch(request, visitor)),
      visitor,
    )
  }

  /** Each is held as soon as it is there, so that the next one does not take its place. */
  private keep(gets: readonly (() => WatchedPage<Viewer>)[], visitor: string): Borrowed<Viewer> {
    const pages: WatchedPage<Viewer>[] = []
    const release = () => {
      for (const page of pages.splice(0)) this.giveBack(page, visitor)
    }
    try {
      for (const get of gets) {
        const page = get()
        page.loadFor(visitor)
        page.borrowers.push(visitor)
        pages.push(page)
      }
    } catch (error) {
      release()
      throw error
    }
    return { pages, release }
  }

  private giveBack(page: WatchedPage<Viewer>, visitor: string): void {
    page.borrowers.splice(page.borrowers.indexOf(visitor), 1)
    page.usedAt = Date.now()
    if (page.borrowers.length > 0 || this.passing.get(page.key) !== page) return
    this.passing.delete(page.key)
  }

  private find(key: string): WatchedPage<Viewer> | undefined {
    const known = this.byKey.get(key)
    if (known) known.usedAt = Date.now()
    return known
  }

  private make(request: PageRequest): WatchedPage<Viewer> {
    const page = this.create(request, request.open())
    return this.add(this.hasRoom() ? this.byKey : this.passing, page)
  }

  private create(request: PageRequest, live: LivePage): WatchedPage<Viewer> {
    return new WatchedPage<Viewer>(request, live, this.options)
  }

  private add(pages: Map<string, WatchedPage<Viewer>>, page: WatchedPage<Viewer>) {
    pages.set(page.key, page)
    page.ready.catch(() => {
      if (pages.get(page.key) === page) pages.delete(page.key)
    })
    return page
  }

  /**
   * Gives each page what has happened. Resolves when all have taken it, or after `patienceMs`: a page
   * that takes longer goes on by itself, and holds up no other.
   */
  async update(news: UpdateBatch, patienceMs: number): Promise<void> {
    const pages = [...this.byKey.values(), ...this.passing.values()]
    for (const page of pages) page.take(news)
    const working = pages.flatMap((page) => page.advance() ?? [])
    if (working.length > 0) await within(patienceMs, Promise.all(working))
  }

  /** Lets pages say how old they are. Returns the row up to which all of them are up to date. */
  checkAges(): { hasChanged: boolean; cursor: number } {
    const pages = [...this.byKey.values()].filter(({ loaded }) => loaded)
    const changed = pages.filter((page) => page.checkAge())
    const cursor = Math.min(Infinity, ...pages.map(({ version }) => version.cursor))
    return { hasChanged: changed.length > 0, cursor }
  }

  /** In how many ms the first of the pages may go on that were put off; null if none was. */
  nextUpdateIn(): number | null {
    const waits = [...this.byKey.values()].flatMap((page) => page.nextUpdateIn() ?? [])
    return waits.length > 0 ? Math.min(...waits) : null
  }

  dropUnused(): void {
    const before = Date.now() - (this.options.lingerMs ?? LINGER_MS)
    for (const page of this.byKey.values()) {
      if (!page.isHeld && page.usedAt < before) this.drop(page)
    }
  }

  /** Resolves when nothing is being read any more. */
  async stop(): Promise<void> {
    const pages = [...this.byKey.values(), ...this.passing.values()]
    await Promise.all(pages.map((page) => page.stop()))
  }

  /** Whether there is room for one page more, if need be that of a page without viewers. */
  private hasRoom(): boolean {
    this.dropUnused()
    if (this.byKey.size < this.maxPages) return true
    const [oldest] = [...this.byKey.values()]
      .filter((page) => !page.isHeld)
      .sort((a, b) => a.usedAt - b.usedAt)
    if (oldest) this.drop(oldest)
    return oldest !== undefined
  }

  /** Ends a stream of the visitor that holds most, where this one holds less than a share. */
  private takeRoom(visitor: string): void {
    const pages = [...this.byKey.values()]
    const viewer = streamToEnd(pages, { maxPages: this.maxPages, visitor })
    if (!viewer) {
      throw new TooManyPages('Too many different pages are open; close some, or clear a filter', 30)
    }
    this.options.evict(viewer)
  }

  private get maxPages(): number {
    return this.options.maxPages ?? MAX_PAGES
  }

  private drop(page: WatchedPage<Viewer>): void {
    if (this.byKey.get(page.key) === page) this.byKey.delete(page.key)
  }
}
