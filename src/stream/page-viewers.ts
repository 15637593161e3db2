import type { Connection } from './connection'
import { encodeFrame } from './frame'
import type { Mark } from './page-lane'
import type { Outcome } from './page-lanes'
import { changesOf, encodePatches, PageViewer } from './page-viewer'

// One connection may serve the pages of several tabs.
const PAGE_FAULT = JSON.stringify({
  error_type: 'page_fault',
  message: 'A page that is open here cannot be brought up to date; it is tried again and again',
})
const PAGE_BACK = JSON.stringify({
  error_type: 'page_back',
  message: 'The page is up to date again',
})

/** Everyone who is connected to a page: who is up to date gets what is new, the others what they lack. */
export class PageViewers {
  private readonly viewers = new Set<PageViewer>()
  private writes = 0

  constructor(private readonly now: () => Mark) {}

  /** How often a reader was written changes, since the start. */
  get writeCount(): number {
    return this.writes
  }

  /** Serves pages on a connection from `cursor` on, until its client is gone. */
  add(connection: Connection, pages: PageViewer['pages'], cursor: number): PageViewer {
    const viewer = new PageViewer(connection, pages, cursor, () => {
      this.writes++
    })
    for (const page of viewer.pages) page.viewers.add(viewer)
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

  /** Tells whoever watches them which pages cannot be kept up to date now, and which can again. */
  tellFaults({ stuck, freed }: Pick<Outcome<PageViewer>, 'stuck' | 'freed'>): void {
    this.notify('error', PAGE_FAULT, viewersOf(stuck))
    this.notify('error', PAGE_BACK, viewersOf(freed))
  }

  /**
   * Sends what has changed since `previous`: one write for each viewer, and the same bytes to those
   * with the same pages.
   */
  send(previous: Mark): void {
    const now = this.now()
    const shared = new Map<string, Buffer | null>()
    for (const viewer of this.viewers) {
      const { connection, pages } = viewer
      if (connection.isBlocked || pages.some(({ behind }) => behind)) viewer.isCurrent = false
      if (!viewer.isCurrent) continue
      const key = pages.map((page) => page.key).join('\n')
      const known = shared.get(key)
      const bytes = known === undefined ? encodeChanges(pages, previous, now) : known
      shared.set(key, bytes)
      viewer.advance(now, bytes)
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
    // The flush that reaches the row which it has seen brings it here again.
    if (viewer.isCurrent || viewer.isAheadOf(this.now())) return
    viewer.catchUp(this.now())
  }

  private remove(viewer: PageViewer): void {
    this.viewers.delete(viewer)
    for (const page of viewer.pages) {
      page.viewers.delete(viewer)
      page.usedAt = Date.now()
    }
  }
}

function viewersOf(pages: Outcome<PageViewer>['stuck']): Set<PageViewer> {
  return new Set(pages.flatMap((page) => [...page.viewers]))
}

function encodeChanges(pages: PageViewer['pages'], since: Mark, now: Mark): Buffer | null {
  const changed = pages.map((page) => ({ topic: page.topic, html: changesOf(page, since) }))
  return encodePatches(changed, since.cursor, now.cursor)
}
