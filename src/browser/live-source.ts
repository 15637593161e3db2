import { type LiveCallbacks, LiveClient } from './live-client'

/**
 * What htmx-ext-sse takes for an EventSource. Its state never becomes CLOSED by itself, so the
 * extension's own reconnecting, which forgets the cursor, is never entered.
 */
export class LiveSource extends EventTarget {
  onopen: ((event: Event) => void) | null = null
  onerror: ((event: Event) => void) | null = null
  readyState: number = 0
  private readonly client: LiveClient

  constructor(url: string, callbacks: Omit<LiveCallbacks, 'onPatch'>) {
    super()
    this.client = new LiveClient(
      url,
      {
        ...callbacks,
        onStatus: (status) => {
          this.readyState = status === 'connected' ? 1 : 0
          if (status === 'connected') this.onopen?.(new Event('open'))
          callbacks.onStatus(status)
        },
        onPatch: (data, lastEventId) =>
          void this.dispatchEvent(new MessageEvent('patch', { data, lastEventId })),
      },
      'EventSource' in window,
    )
    // The extension adds its listeners right after this.
    queueMicrotask(() => this.client.open())
    this.followThePage()
  }

  close(): void {
    this.readyState = 2
    this.client.close()
  }

  /** A page in the back/forward cache must not hold one of the browser's few connections. */
  private followThePage(): void {
    addEventListener('pagehide', () => this.client.close())
    addEventListener('pageshow', (event) => {
      if (event.persisted) this.client.open()
    })
    // No word of "offline": a server on this machine is reached without any network.
    addEventListener('online', () => this.client.check())
    // Timers of hidden pages lag, so only a visible page may judge that the stream is stale.
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.client.check()
    })
    setInterval(() => {
      if (!document.hidden) this.client.checkStale()
    }, 5_000)
  }
}
