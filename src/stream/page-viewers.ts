import type { Connection } from './connection'
import { encodeFrame } from './frame'
import type { PageRequest } from './page-lane'
import { PageViewer, type Shared } from './page-viewer'
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

/** Everyone who is connected to a page. */
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

  /** Writes a notice to everyone who reads: it changes no page, so it has no id. */
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
          viewer.connection.destroy()
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
      // There is no lane for it any more, or no such page: the client hears why when it comes back.
      connection.destroy()
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
