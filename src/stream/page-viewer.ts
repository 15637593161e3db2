import type { Connection } from './connection'
import { encodeFrame } from './frame'
import { type Mark, NOTHING_SEEN } from './page-lane'
import type { WatchedPage } from './page-lanes'

/** One client of some pages, and how far it has seen each of them. */
export class PageViewer {
  /** It has seen what everybody has seen who is up to date. */
  isCurrent = false
  private marks: Mark[]

  constructor(
    readonly connection: Connection,
    readonly pages: readonly WatchedPage<PageViewer>[],
    cursor: number,
    private readonly onWrite: () => void = () => {},
  ) {
    this.marks = pages.map(() => ({ cursor, look: null }))
  }

  /** Where the client has to go on from so that it misses nothing on any of its pages. */
  get cursor(): number {
    return Math.min(...this.marks.map(({ cursor }) => cursor))
  }

  /** Another process has shown it more than this one has read: what is here would be old. */
  isAheadOf(mark: Mark): boolean {
    return this.marks.some(({ cursor }) => cursor > mark.cursor)
  }

  /** Sends what everybody gets who has seen the same. */
  advance(mark: Mark, bytes: Buffer | null): void {
    this.marks = this.pages.map(() => mark)
    this.write(bytes)
  }

  /** Sends what it lacks. A page that could not be brought up to date stays where it is. */
  catchUp(now: Mark): void {
    const before = this.cursor
    const changed = this.pages.flatMap((page, index) =>
      page.behind ? [] : [{ topic: page.topic, html: changesOf(page, this.marks[index]) }],
    )
    this.marks = this.marks.map((mark, index) => (this.pages[index]?.behind ? mark : now))
    this.isCurrent = !this.pages.some(({ behind }) => behind)
    this.write(encodePatches(changed, before, this.cursor))
  }

  private write(bytes: Buffer | null): void {
    if (!bytes) return
    this.onWrite()
    this.connection.write(bytes)
  }
}

/**
 * What was shown before the page was watched is not known: then all of it has to be sent, even where
 * no row concerns it, for the clock changes pages too.
 */
export function changesOf({ loaded }: WatchedPage<PageViewer>, since = NOTHING_SEEN): string {
  if (!loaded) return ''
  return loaded.since(since.cursor >= loaded.bornAt.cursor ? since : NOTHING_SEEN)
}

/**
 * A frame for each topic that changed. All but the last carry the cursor from before: a stream
 * that is cut between two of them must be resumed from where none of them had been seen.
 */
export function encodePatches(
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
