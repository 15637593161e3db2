import type { LivePage, PageParts } from './live-page'
import type { Region } from './region'

/** A moment in the life of a page. Some changes come with the clock, between two rows of the log. */
export interface Version {
  /** The row up to which the page is up to date. */
  readonly cursor: number
  /** Counts the snapshots of this process; null where only the cursor is known. */
  readonly sequence: number | null
  /** No row of the log records this change: a client at the same cursor may not have seen it. */
  readonly timeOnly?: boolean
}

/** Before everything: a client at this version is sent all there is. */
export const NOTHING_SEEN: Version = { cursor: -1, sequence: null }

interface Seen {
  html: string
  /** The element without its parts, and their order; changes when the whole has to be sent. */
  shape: string | null
  changedAt: Version
}

/**
 * What a page shows and since when each part of it has looked like that. So what has changed since
 * any version is known at any time, and nothing is kept for any viewer.
 */
export class PageVersions {
  private readonly seen = new Map<string, Seen>()
  private aside: Region | null = null
  private parts: PageParts = { regions: [], lists: [] }

  constructor(
    readonly page: LivePage,
    /** Changes before this are not known. */
    readonly bornAt: Version,
  ) {
    this.snapshot(bornAt)
  }

  /** Compares the page with what it was; what differs has changed at `version`. */
  snapshot(version: Version): void {
    const { regions, lists } = this.page.parts()
    this.parts = { regions: this.aside ? [...regions, this.aside] : regions, lists }
    const present = new Set<string>()
    for (const region of this.parts.regions) this.compare(region, version, present)
    for (const id of this.seen.keys()) if (!present.has(id)) this.seen.delete(id)
  }

  /**
   * Puts a region beside those of the page, in place of the one that was there: what is said about the
   * page, and can change while it is busy.
   */
  setAside(region: Region, version: Version): void {
    const others = this.parts.regions.filter(({ id }) => id !== this.aside?.id)
    this.aside = region
    this.parts = { ...this.parts, regions: [...others, region] }
    this.compare(region, version, new Set())
  }

  /** Fragments of all that has changed after `version`; an empty string if nothing has. */
  since(version: Version): string {
    const fragments: string[] = []
    for (const region of this.parts.regions) this.collect(region, version, fragments)
    for (const list of this.parts.lists) {
      const rows = list.rows.filter((row) => row.id > version.cursor)
      if (rows.length > 0) fragments.push(list.render(rows))
    }
    return fragments.join('\n')
  }

  private compare(region: Region, version: Version, present: Set<string>): void {
    present.add(region.id)
    const shape = shapeOf(region)
    const before = this.seen.get(region.id)
    const same = before && (shape === null ? before.html === region.html : before.shape === shape)
    const changedAt = same ? before.changedAt : version
    this.seen.set(region.id, { html: shape === null ? region.html : '', shape, changedAt })
    for (const part of region.parts ?? []) this.compare(part, version, present)
  }

  private collect(region: Region, version: Version, fragments: string[]): void {
    const changedAt = this.seen.get(region.id)?.changedAt ?? NOTHING_SEEN
    if (isAfter(changedAt, version)) fragments.push(region.html)
    else for (const part of region.parts ?? []) this.collect(part, version, fragments)
  }
}

function isAfter(change: Version, version: Version): boolean {
  if (change.sequence !== null && version.sequence !== null)
    return change.sequence > version.sequence
  return (
    change.cursor > version.cursor || (change.timeOnly === true && change.cursor === version.cursor)
  )
}

function shapeOf({ shell, parts }: Region): string | null {
  if (shell === undefined || !parts) return null
  return `${shell}\0${parts.map((part) => part.id).join(' ')}`
}
