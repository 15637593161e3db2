import { whoMakesRoom } from './pool'

/** A stream of pages. */
export interface PageHolder {
  readonly connection: { readonly visitor: string; readonly openedAt: number }
}

/** A page that is kept up to date, and for whom. */
interface HeldPage<Viewer extends PageHolder> {
  readonly viewers: ReadonlySet<Viewer>
  /** Whose requests wait for it or are answered from it. */
  readonly borrowers: readonly string[]
}

/** For whom a page is kept up to date. */
export function visitorsOf({ viewers, borrowers }: HeldPage<PageHolder>): Set<string> {
  const visitors = new Set(borrowers)
  for (const { connection } of viewers) visitors.add(connection.visitor)
  return visitors
}

/** How many pages each visitor holds. One that several hold counts for each of them in part. */
export function pagesHeld(pages: Iterable<HeldPage<PageHolder>>): Map<string, number> {
  const held = new Map<string, number>()
  for (const page of pages) {
    const visitors = visitorsOf(page)
    for (const visitor of visitors) {
      held.set(visitor, (held.get(visitor) ?? 0) + 1 / visitors.size)
    }
  }
  return held
}

/**
 * The stream that has to end so that a visitor gets room for a page: the newest of the visitor who holds most,
 * where the asking one holds less than an equal share. Null: none has to.
 */
export function streamToEnd<Viewer extends PageHolder>(
  pages: readonly HeldPage<Viewer>[],
  { maxPages, visitor }: { maxPages: number; visitor: string },
): Viewer | null {
  const from = whoMakesRoom(maxPages, pagesHeld(pages), visitor)
  let newest: Viewer | null = null
  for (const { viewers } of pages) {
    for (const viewer of viewers) {
      if (viewer.connection.visitor !== from) continue
      if (!newest || viewer.connection.openedAt >= newest.connection.openedAt) newest = viewer
    }
  }
  return newest
}
