import type { Connection } from './connection'
import { encodeFrame } from './frame'
import type { PageRequest } from './live-page'
import { NOTHING_SEEN, type Version } from './page-versions'
import type { WatchedPage } from './watched-page'

// One connection may serve the pages of several tabs.
const PAGE_FAULT = JSON.stringify({
  error_type: 'page_fault',
  message: 'A page that is open here cannot be brought up to date; it is tried again and again',
})
const PAGE_BACK = JSON.stringify({
  error_type: 'page_back',
  message: 'The page is up to date again',
})

type Page = WatchedPage<PageViewer>

interface PageViewersOptions {
  /** A page whose first load has failed before. Throws where there is no room for it. */
  watch: (request: PageRequest, visitor: string) => Page
  /** Whether a page that failed so is not there at all, which a client hears when it comes back. */
  isMissing: (error: unknown) => boolean
  /** How long after a first load that failed it is tried again. */
  reloadMs: number
}

/** All viewers of a page. */
export class PageViewers {
  private readonly viewers = new Set<PageViewer>()
  private writes = 0

  constructor(private readonly options: PageViewersOptions) {}

  /** How often a reader was written changes, since the start. */
  get writeCount(): number {
    return this.writes
  }

  /**
   * Serves pages on a connection from `cursor` on, until its client is gone. Pages may still be loading:
   * each is sent when it is there, and no other waits for it.
   */
  add(connection: Connection, pages: PageViewer['pages'], cursor: number): PageViewer {
    // A copy: what was lent is given back.
    const viewer = new PageViewer(connection, [...pages], cursor, () => {
      this.writes++
    })
    for (const page of viewer.pages) this.follow(viewer, page)
    this.viewers.add(viewer)
    // Not only when the client is gone: what it has watched is free for others at once.
    connection.onEnded(() => this.remove(viewer))
    this.catchUp(viewer)
    return viewer
  }

  /** Writes a notice to viewers: it changes no page, so it has no id. */
  notify(event: string, data: string, viewers: Iterable<PageViewer> = this.viewers): void {
    const frame = Buffer.from(encodeFrame({ event, data }))
    for (const { connection } of viewers) {
      if (!connection.isBlocked) connection.write(frame)
    }
  }

  /** Tells the clients of a page that it cannot be kept up to date now, or can again. */
  tellFault({ viewers }: WatchedPage<PageViewer>, isStuck: boolean): void {
    this.notify('error', isStuck ? PAGE_FAULT : PAGE_BACK, viewers)
  }

  /** Sends each client what it lacks: one write each, and the same bytes to those who lack the same. */
  send(): void {
    const shared: Shared = new Map()
    for (const viewer of this.viewers) this.catchUp(viewer, shared)
  }

  private catchUp(viewer: PageViewer, shared: Shared = new Map()): void {
    const { connection } = viewer
    if (!connection.isOpen) return
    if (connection.isBlocked) connection.onDrain(() => this.catchUp(viewer))
    else viewer.catchUp(shared)
  }

  private follow(viewer: PageViewer, page: Page, isAgain = false): void {
    page.viewers.add(viewer)
    page.ready.then(
      () => {
        this.catchUp(viewer)
        if (isAgain) this.notify('error', PAGE_BACK, [viewer])
      },
      (error) => {
        page.viewers.delete(viewer)
        if (!viewer.connection.isOpen) return
        if (this.options.isMissing(error)) {
          viewer.connection.destroy('dropped')
          return
        }
        if (!isAgain) this.notify('error', PAGE_FAULT, [viewer])
        setTimeout(() => this.followAgain(viewer, page), this.options.reloadMs).unref()
      },
    )
  }

  private followAgain(viewer: PageViewer, failed: Page): void {
    const { connection } = viewer
    if (!connection.isOpen) return
    try {
      const page = this.options.watch(failed.request, connection.visitor)
      viewer.replace(failed, page)
      this.follow(viewer, page, true)
    } catch {
      // There is no room for it any more, or no such page: the client hears why when it comes back.
      connection.destroy('dropped')
    }
  }

  private remove(viewer: PageViewer): void {
    this.viewers.delete(viewer)
    for (const page of viewer.pages) {
      page.viewers.delete(viewer)
      page.usedAt = Date.now()
    }
  }
}

/** Bytes that were encoded in this round, by what they lead from and to. */
export type Shared = Map<string, Buffer | null>

/** One client of some pages, and how far it has seen each of them. */
export class PageViewer {
  private versions: Version[]

  constructor(
    readonly connection: Connection,
    public pages: readonly WatchedPage<PageViewer>[],
    cursor: number,
    private readonly onWrite: () => void = () => {},
  ) {
    this.versions = pages.map(() => ({ cursor, sequence: null }))
  }

  /** Where the client has to go on from so that it misses nothing on any of its pages. */
  get cursor(): number {
    return Math.min(...this.versions.map(({ cursor }) => cursor))
  }

  /** Puts a page of the same key in the place of one that could not be loaded. */
  replace(failed: WatchedPage<PageViewer>, page: WatchedPage<PageViewer>): void {
    this.pages = this.pages.map((other) => (other === failed ? page : other))
  }

  /**
   * Sends what it lacks of each page, as far as the page itself has come. A page that is not as far as
   * the client, because another process has shown more of it, is left as it is until it is.
   */
  catchUp(shared: Shared): void {
    const seen = this.versions
    const before = this.cursor
    this.versions = this.pages.map((page, index) => reachOf(page, seen[index]))
    if (
      this.versions.every(
        (version, index) => version.sequence !== null && version.sequence === seen[index]?.sequence,
      )
    )
      return
    const steps = this.pages.map(
      ({ key }, index) => `${key}\n${nameOf(seen[index])} ${nameOf(this.versions[index])}`,
    )
    const name = steps.join('\n')
    let bytes = shared.get(name)
    if (bytes === undefined) {
      bytes = this.encode(seen, before)
      shared.set(name, bytes)
    }
    if (!bytes) return
    this.onWrite()
    this.connection.write(bytes)
  }

  private encode(seen: readonly Version[], before: number): Buffer | null {
    const changed = this.pages.map((page, index) => ({
      topic: page.topic,
      html: this.versions[index] === seen[index] ? '' : changesOf(page, seen[index]),
    }))
    return encodePatches(changed, before, this.cursor)
  }
}

/** How far a client that has seen the page up to `seen` will have seen it after this. */
function reachOf({ loaded, version }: WatchedPage<PageViewer>, seen = NOTHING_SEEN): Version {
  return loaded && version.cursor >= seen.cursor ? version : seen
}

function nameOf({ cursor, sequence } = NOTHING_SEEN): string {
  return `${cursor}.${sequence}`
}

/**
 * What was shown before the page was watched is not known: then all of it has to be sent, even where
 * no row concerns it, for the clock changes pages too.
 */
export function changesOf({ loaded }: WatchedPage<PageViewer>, since = NOTHING_SEEN): string {
  if (!loaded) return ''
  const isKnown = since.sequence !== null || since.cursor >= loaded.bornAt.cursor
  return loaded.since(isKnown ? since : NOTHING_SEEN)
}

/**
 * A frame for each topic that changed. All but the last carry the cursor from before: a stream
 * that is cut between two of them must be resumed from where none of them had been seen.
 */
function encodePatches(
  topics: readonly { topic: string; html: string }[],
  before: number,
  after: number,
): Buffer | null {
  const changed = topics.filter(({ html }) => html !== '')
  if (changed.length === 0) return null
  const frames = changed.map(({ topic, html }, index) => {
    const id = Math.max(0, index === changed.length - 1 ? after : before)
    return encodeFrame({ event: 'patch', id, data: `${topic}\n${html}` })
  })
  return Buffer.from(frames.join(''))
}
