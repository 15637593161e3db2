import { hasLocks } from '../leader'
import { type Changes, fetchChanges } from './live-poll'
import { LoneLive } from './lone-live'
import type { FeedCallbacks, PageFeed } from './page-feed'
import { RequestRefused } from './refused'
import { SharedLive } from './shared-live'

/**
 * What htmx-ext-sse takes for an EventSource. Its state never becomes CLOSED by itself, so the
 * extension's own reconnecting, which forgets the cursor, is never entered.
 */
export class LiveSource extends EventTarget {
  onopen: ((event: Event) => void) | null = null
  onerror: ((event: Event) => void) | null = null
  readyState: number = 0
  private readonly topics: readonly string[]
  private readonly feed: PageFeed

  constructor(
    url: string,
    private readonly callbacks: Omit<FeedCallbacks, 'onPatch'>,
  ) {
    super()
    const { searchParams } = new URL(url, location.href)
    this.topics = searchParams.getAll('topic')
    const cursor = searchParams.get('last_event_id') ?? ''
    const options = { topics: this.topics, cursor, canStream: 'EventSource' in window }
    const Feed = hasLocks() && 'BroadcastChannel' in window ? SharedLive : LoneLive
    this.feed = new Feed(options, {
      ...callbacks,
      onStatus: (status) => {
        this.readyState = status === 'connected' ? 1 : 0
        if (status === 'connected') this.onopen?.(new Event('open'))
        callbacks.onStatus(status)
      },
      onPatch: (html, cursor) => this.put(html, cursor),
    })
    // The extension adds its listeners right after this.
    queueMicrotask(() => this.feed.open())
    this.followThePage()
  }

  close(): void {
    this.readyState = 2
    this.feed.close()
  }

  /** Brings the page up to date at once, whatever the stream does. Rejects when that fails. */
  async refresh(): Promise<void> {
    const { html, cursor, isReset } = await this.fetch()
    if (isReset) this.callbacks.onReset()
    // The feed's own cursor stays: what is on its way comes again and changes nothing.
    if (html !== '') this.put(html, cursor)
    // The server can be reached, so the stream need not wait any longer.
    this.feed.check()
  }

  private async fetch(): Promise<Changes> {
    try {
      return await fetchChanges(this.topics, this.feed.cursor)
    } catch (error) {
      if (error instanceof RequestRefused && error.status === 401) this.callbacks.onUnauthorized()
      throw error
    }
  }

  private put(data: string, lastEventId: string): void {
    this.dispatchEvent(new MessageEvent('patch', { data, lastEventId }))
  }

  /** A page in the back/forward cache must not hold one of the browser's few connections. */
  private followThePage(): void {
    const wake = () => {
      if (this.readyState === 2) return
      this.callbacks.onStatus('reconnecting')
      this.feed.open()
    }
    addEventListener('pagehide', () => this.feed.close())
    addEventListener('pageshow', (event) => {
      if (event.persisted) wake()
    })
    document.addEventListener('freeze', () => this.feed.close())
    document.addEventListener('resume', wake)
    // No word of "offline": a server on this machine is reached without any network.
    addEventListener('online', () => this.feed.check())
    document.addEventListener('visibilitychange', () => this.feed.visibilityChanged())
  }
}
