import type { EventRow } from '../log/event-row'
import type { AppendList, Region } from './region'

/** A page that can be kept up to date: a topic of the page streams. */
export interface LivePage {
  /** Shortest time between two updates, in ms, for a page that costs much; the last one always comes. */
  readonly minUpdateIntervalMs?: number
  /** Reads what the page shows, as of the row `through` or later. */
  load(through: number): Promise<void>
  /** Whether the row can change anything on the page. */
  concerns(row: EventRow): boolean
  /**
   * Takes new rows, oldest first, and whatever else has changed since the last call. Rows that it
   * has taken before are passed over: after a fault they are given again.
   */
  update(rows: readonly EventRow[]): Promise<void> | void
  /** What the page is made of now. */
  parts(): PageParts
  /**
   * A region beside the others, where the page has one: it says how old the page is, which shows no
   * more than was known at `asOf`; null: it is up to date.
   */
  renderAsOf?(asOf: Date | null): Region
}

/** A page that is asked for: those with equal keys are one page. */
export interface PageRequest {
  readonly key: string
  /** What it is called in its frames, whoever may see what of it. */
  readonly topic: string
  open(): LivePage
}

export interface PageParts {
  readonly regions: readonly Region[]
  readonly lists: readonly AppendList[]
}

/** A moment in the life of a page. Some changes come with the clock, between two rows of the log. */
export interface Mark {
  /** The row up to which the page is up to date. */
  readonly cursor: number
  /** Counts the looks of this process; null where only the cursor is known. */
  readonly look: number | null
  /** No row of the log tells of this change: somebody at the same cursor may not have seen it. */
  readonly byClock?: boolean
}

/** Before everything: who is at this mark is sent all there is. */
export const NOTHING_SEEN: Mark = { cursor: -1, look: null }

interface Seen {
  html: string
  /** The element without its parts, and their order; changes when the whole has to be sent. */
  shape: string | null
  changedAt: Mark
}

/**
 * What a page shows and since when each part of it has looked like that. So what has changed since
 * any mark can be told at any time, and nothing is kept for any viewer.
 */
export class PageLane {
  private readonly seen = new Map<string, Seen>()
  private aside: Region | null = null
  private parts: PageParts = { regions: [], lists: [] }

  constructor(
    readonly page: LivePage,
    /** Changes before this are not known. */
    readonly bornAt: Mark,
  ) {
    this.look(bornAt)
  }

  /** Compares the page with what it was; what differs has changed at `mark`. */
  look(mark: Mark): void {
    const { regions, lists } = this.page.parts()
    this.parts = { regions: this.aside ? [...regions, this.aside] : regions, lists }
    const present = new Set<string>()
    for (const region of this.parts.regions) this.compare(region, mark, present)
    for (const id of this.seen.keys()) if (!present.has(id)) this.seen.delete(id)
  }

  /**
   * Puts a region beside those of the page, in place of the one that was there: what is said about the
   * page, and can change while it is busy.
   */
  lookAside(region: Region, mark: Mark): void {
    const others = this.parts.regions.filter(({ id }) => id !== this.aside?.id)
    this.aside = region
    this.parts = { ...this.parts, regions: [...others, region] }
    this.compare(region, mark, new Set())
  }

  /** Fragments of all that has changed after `mark`; an empty string if nothing has. */
  since(mark: Mark): string {
    const fragments: string[] = []
    for (const region of this.parts.regions) this.collect(region, mark, fragments)
    for (const list of this.parts.lists) {
      const rows = list.rows.filter((row) => row.id > mark.cursor)
      if (rows.length > 0) fragments.push(list.render(rows))
    }
    return fragments.join('\n')
  }

  private compare(region: Region, mark: Mark, present: Set<string>): void {
    present.add(region.id)
    const shape = shapeOf(region)
    const before = this.seen.get(region.id)
    const same = before && (shape === null ? before.html === region.html : before.shape === shape)
    const changedAt = same ? before.changedAt : mark
    this.seen.set(region.id, { html: shape === null ? region.html : '', shape, changedAt })
    for (const part of region.parts ?? []) this.compare(part, mark, present)
  }

  private collect(region: Region, mark: Mark, fragments: string[]): void {
    const changedAt = this.seen.get(region.id)?.changedAt ?? NOTHING_SEEN
    if (isAfter(changedAt, mark)) fragments.push(region.html)
    else for (const part of region.parts ?? []) this.collect(part, mark, fragments)
  }
}

function isAfter(change: Mark, mark: Mark): boolean {
  if (change.look !== null && mark.look !== null) return change.look > mark.look
  return change.cursor > mark.cursor || (change.byClock === true && change.cursor === mark.cursor)
}

function shapeOf({ shell, parts }: Region): string | null {
  if (shell === undefined || !parts) return null
  return `${shell}\0${parts.map((part) => part.id).join(' ')}`
}
