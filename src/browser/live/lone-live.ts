import { LiveClient } from './live-client'
import { type FeedCallbacks, type FeedOptions, isOwnReset, type PageFeed } from './page-feed'

const STALE_CHECK_MS = 5_000

/**
 * Feeds one page by a stream of its own, and none while it is hidden: for browsers whose tabs cannot
 * agree on a leader. Six streams are all that they open to one server; another tab would hang.
 */
export class LoneLive implements PageFeed {
  cursor: string
  private readonly client: LiveClient
  private isWanted = false
  private timer = 0

  constructor(
    options: FeedOptions,
    private readonly callbacks: FeedCallbacks,
  ) {
    const { topics, cursor, canStream } = options
    this.cursor = cursor
    this.client = new LiveClient(
      {
        ...callbacks,
        onFrame: (frame) => {
          if (frame.html !== '') callbacks.onPatch(frame.html, frame.cursor)
          this.cursor = frame.cursor
        },
        onReset: (topic) => {
          if (isOwnReset(options, topic)) callbacks.onReset()
        },
        onFollowing: () => {},
        // It is the only one: the indicator says that it cannot be had.
        onRefusedTopic: () => {},
      },
      canStream,
    )
    this.client.follow(topics, cursor)
  }

  open(): void {
    this.isWanted = true
    clearInterval(this.timer)
    this.timer = window.setInterval(() => {
      if (!document.hidden) this.client.checkStale()
    }, STALE_CHECK_MS)
    this.visibilityChanged()
  }

  close(): void {
    this.isWanted = false
    clearInterval(this.timer)
    this.client.close()
  }

  check(): void {
    this.client.check()
  }

  visibilityChanged(): void {
    if (!this.isWanted) return
    if (document.hidden) {
      this.client.close()
      this.callbacks.onStatus('reconnecting')
      return
    }
    this.client.open()
    this.client.check()
  }
}
