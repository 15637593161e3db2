import type { Connection } from './connection'
import { encodeFrame } from './frame'
import { type Mark, NOTHING_SEEN } from './page-lane'
import type { WatchedPage } from './watched-page'

/** Bytes that were encoded in this round, by what they lead from and to. */
export type Shared = Map<string, Buffer | null>

/** One client of some pages, and how far it has seen each of them. */
export class PageViewer {
  private marks: Mark[]

  constructor(
    readonly connection: Connection,
    public pages: readonly WatchedPage<PageViewer>[],
    cursor: number,
    private readonly onWrite: () => void = () => {},
  ) {
    this.marks = pages.map(() => ({ cursor, look: null }))
  }

  /** Where the client has to go on from so that it misses nothing on any of its pages. */
  get cursor(): number {
    return Math.min(...this.marks.map(({ cursor }) => cursor))
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
    const seen = this.marks
    const before = this.cursor
    this.marks = this.pages.map((page, index) => reachOf(page, seen[index]))
    if (this.marks.every((mark, index) => mark.look !== null && mark.look === seen[index]?.look))
      return
    const steps = this.pages.map(
      ({ key }, index) => `${key}\n${nameOf(seen[index])} ${nameOf(this.marks[index])}`,
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

  private encode(seen: readonly Mark[], before: number): Buffer | null {
    const changed = this.pages.map((page, index) => ({
      topic: page.topic,
      html: this.marks[index] === seen[index] ? '' : changesOf(page, seen[index]),
    }))
    return encodePatches(changed, before, this.cursor)
  }
}

/** How far a client that has seen the page up to `seen` will have seen it after this. */
function reachOf({ loaded, mark }: WatchedPage<PageViewer>, seen = NOTHING_SEEN): Mark {
  return loaded && mark.cursor >= seen.cursor ? mark : seen
}

function nameOf({ cursor, look } = NOTHING_SEEN): string {
  return `${cursor}.${look}`
}

/**
 * What was shown before the page was watched is not known: then all of it has to be sent, even where
 * no row concerns it, for the clock changes pages too.
 */
export function changesOf({ loaded }: WatchedPage<PageViewer>, since = NOTHING_SEEN): string {
  if (!loaded) return ''
  const isKnown = since.look !== null || since.cursor >= loaded.bornAt.cursor
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
