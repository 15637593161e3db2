import type { Notice, Status } from './live-types'

/** What a page shows of its feed. */
export interface FeedCallbacks {
  onStatus(status: Status): void
  /** Fragments to put on the page. */
  onPatch(html: string, cursor: string): void
  /** What the page shows may have holes; all of it follows. */
  onReset(): void
  onNotice(notice: Notice): void
  onUnauthorized(): void
}

/** Which page is fed: its topics, and the cursor that it was rendered with. */
export interface FeedOptions {
  /** Its own first, then that of what is on every page. */
  readonly topics: readonly string[]
  readonly cursor: string
  /** Otherwise the page is fed by polling. */
  readonly canStream: boolean
}

/** Whether a reset is of the page's own topic, or of all: the others have no rows to forget. */
export function isOwnReset({ topics }: FeedOptions, topic: string | null): boolean {
  return topic === null || topic === topics[0]
}

/** Keeps one page up to date between `open` and `close`, which may come again and again. */
export interface PageFeed {
  /** What the page has seen. */
  readonly cursor: string
  open(): void
  close(): void
  /** Something speaks for a network that works again. */
  check(): void
  /** The page has become visible, or is no more. */
  visibilityChanged(): void
}
