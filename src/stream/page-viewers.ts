import type { Connection } from './connection'
import { encodeFrame } from './frame'
import type { Mark } from './page-lane'
import { changesOf, encodePatches, PageViewer } from './page-viewer'

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
    connection.onGone(() => this.remove(viewer))
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

function encodeChanges(pages: PageViewer['pages'], since: Mark, now: Mark): Buffer | null {
  const changed = pages.map((page) => ({ topic: page.topic, html: changesOf(page, since) }))
  return encodePatches(changed, since.cursor, now.cursor)
}
