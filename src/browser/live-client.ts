import type { EventSourceMessage } from 'eventsource-parser'
import { backoffMs } from './backoff'
import { Refused, readEventStream } from './event-stream'

export type Status = 'connected' | 'reconnecting' | 'polling' | 'offline'

export interface LiveCallbacks {
  onStatus(status: Status): void
  /** Fragments to put on the page. */
  onPatch(html: string, cursor: string): void
  /** What the page shows may have holes; all of it follows. */
  onReset(): void
  /** The server has something to say that is no change of the page. */
  onNotice(notice: { error_type?: string; message?: string }): void
}

const POLL_MS = 5_000
const POLL_DEADLINE_MS = 10_000
/** The server gives a sign of life every 20 s. */
const STALE_MS = 50_000
/** How long the form of the log-out may take. */
const LEAVE_MS = 500

/**
 * Keeps a page fed: streams, and when the stream breaks, tries again with growing pauses and fetches
 * the same fragments every five seconds meanwhile. It owns the cursor, so nothing is missed between
 * two connections, whatever became of the first.
 */
export class LiveClient {
  private cursor: string
  private readonly url: string
  private abort: AbortController | null = null
  private timer = 0
  private failures = 0
  /** Before this time the server does not want to be asked for a stream. */
  private notBefore = 0
  private heardAt = 0
  private status: Status | null = null
  private isClosed = true

  constructor(
    url: string,
    private readonly callbacks: LiveCallbacks,
    private readonly canStream: boolean,
  ) {
    const { pathname, searchParams } = new URL(url, location.href)
    this.cursor = searchParams.get('last_event_id') ?? ''
    searchParams.delete('last_event_id')
    this.url = `${pathname}?${searchParams}`
  }

  open(): void {
    if (!this.isClosed) return
    this.isClosed = false
    this.failures = 0
    if (this.canStream) void this.stream()
    else void this.poll()
  }

  close(): void {
    this.isClosed = true
    clearTimeout(this.timer)
    this.abort?.abort()
    this.abort = null
  }

  /** Something speaks for a network that works again, or for a link that died without a word. */
  check(): void {
    if (this.isClosed) return
    if (this.status === 'connected' && Date.now() - this.heardAt < STALE_MS) return
    this.abort?.abort()
    clearTimeout(this.timer)
    void (this.canStream ? this.stream() : this.poll())
  }

  /** For a visible page only: a link can die without a word. */
  checkStale(): void {
    if (this.status === 'connected' && Date.now() - this.heardAt >= STALE_MS) this.check()
  }

  private async stream(): Promise<void> {
    const abort = new AbortController()
    this.abort = abort
    if (this.status !== 'connected') this.show(this.failures > 0 ? 'polling' : 'reconnecting')
    try {
      await readEventStream(this.url, this.cursor, abort.signal, {
        onOpen: () => this.opened(),
        onMessage: (message) => {
          if (this.abort === abort) this.receive(message)
        },
        onBytes: () => {
          this.heardAt = Date.now()
        },
      })
      this.retry(abort, null)
    } catch (error) {
      this.retry(abort, error)
    }
  }

  private opened(): void {
    this.failures = 0
    this.notBefore = 0
    this.heardAt = Date.now()
    this.show('connected')
  }

  private receive({ event, id, data }: EventSourceMessage): void {
    if (event === 'patch') this.callbacks.onPatch(data.slice(data.indexOf('\n') + 1), id ?? '')
    if (event === 'reset') this.callbacks.onReset()
    if (event === 'error') this.callbacks.onNotice(parseObject(data))
    if (event === 'close') this.leave(parseObject(data))
    // After the fragments are on the page: what fails to be put there is fetched again. A reset only
    // announces them.
    if (id && event !== 'reset') this.cursor = id
  }

  /** The server ends the stream in a moment, and says why. */
  private leave({ reason, retry_ms }: { reason?: unknown; retry_ms?: unknown }): void {
    const pause = typeof retry_ms === 'number' && retry_ms >= 0 && retry_ms < 60_000 ? retry_ms : 0
    const abort = this.abort
    this.abort = null
    abort?.abort()
    if (reason === 'unauthorized') {
      this.logIn()
      return
    }
    if (reason !== 'rotate') this.show('reconnecting')
    this.later(reason === 'rotate' ? 0 : pause, () => this.stream())
  }

  private retry(abort: AbortController, error: unknown): void {
    if (this.isClosed || this.abort !== abort) return
    this.abort = null
    if (error instanceof Refused && error.status === 401) {
      this.logIn()
      return
    }
    const wait = backoffMs(this.failures++)
    const asked = error instanceof Refused ? (error.retryAfterMs ?? 0) : 0
    this.notBefore = Date.now() + Math.max(wait, asked)
    if (!navigator.onLine) this.show('offline')
    else this.show(this.failures > 1 ? 'polling' : 'reconnecting')
    // The first try is for the stream; after that, a poll is the probe.
    if (this.failures === 1 && asked === 0) this.later(wait, () => this.stream())
    else void this.poll()
  }

  /** Fetches what has changed. When that works, the stream is worth another try. */
  private async poll(): Promise<void> {
    const abort = new AbortController()
    this.abort = abort
    const deadline = setTimeout(() => abort.abort(), POLL_DEADLINE_MS)
    try {
      await this.fetchChanges(abort.signal)
      if (this.abort !== abort) return
      this.show('polling')
      if (this.canStream && Date.now() >= this.notBefore) {
        void this.stream()
        return
      }
    } catch (error) {
      if (this.abort !== abort) return
      if (error instanceof Refused && error.status === 401) {
        this.logIn()
        return
      }
      // Whatever else it was, the next poll is due in a few seconds; the indicator says so.
      this.show(navigator.onLine ? 'polling' : 'offline')
    } finally {
      clearTimeout(deadline)
    }
    this.later(POLL_MS * (0.8 + 0.4 * Math.random()), () => this.poll())
  }

  private async fetchChanges(signal: AbortSignal): Promise<void> {
    const response = await fetch(this.url, {
      headers: { Accept: 'text/html', ...(this.cursor !== '' && { 'Last-Event-ID': this.cursor }) },
      cache: 'no-store',
      signal,
    })
    if (!response.ok) throw new Refused(response.status, null)
    const html = await response.text()
    const cursor = response.headers.get('last-event-id') ?? this.cursor
    if (response.headers.has('x-muster-reset')) this.callbacks.onReset()
    if (html.trim() !== '') this.callbacks.onPatch(html, cursor)
    this.cursor = cursor
  }

  /** Whoever looks has been logged out: perhaps on this very page, which is about to leave then. */
  private logIn(): void {
    this.show('reconnecting')
    this.later(LEAVE_MS, async () => {
      location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`)
    })
  }

  private later(ms: number, work: () => Promise<void>): void {
    clearTimeout(this.timer)
    this.timer = window.setTimeout(() => {
      if (!this.isClosed) void work()
    }, ms)
  }

  private show(status: Status): void {
    if (status === this.status) return
    this.status = status
    this.callbacks.onStatus(status)
  }
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
