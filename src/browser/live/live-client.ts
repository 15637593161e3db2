import { backoffMs, pollMs } from './backoff'
import type { StreamEvent } from './event-parser'
import { readEventStream } from './event-stream'
import { readLiveEvent } from './live-event'
import { pollTopics } from './live-poll'
import { liveUrl, olderCursor } from './live-request'
import type { LiveCallbacks, Status } from './live-types'
import { RequestRefused } from './refused'
import { STALE_MS } from './silence'

/** How long a stream that the server has replaced may be missing before the page says so. */
const SWAP_MS = 1_500

/** One stream that is open or being opened. */
interface Attempt {
  readonly abort: AbortController
  readonly topics: readonly string[]
  readonly from: string
  isOpen: boolean
}

/**
 * Keeps topics fed: streams, and when the stream breaks, tries again with growing pauses and fetches
 * the same fragments every five seconds meanwhile. It owns the cursor, so nothing is missed between
 * two connections, whatever became of the first. An open stream is only given up for another one
 * that is open already.
 */
export class LiveClient {
  private topics: readonly string[] = []
  private cursor = ''
  /** What the client lives on, while it does not poll or wait. */
  private current: Attempt | null = null
  /** What takes over from an open stream as soon as it is open itself. */
  private successor: Attempt | null = null
  private polling: AbortController | null = null
  private timer = 0
  private failures = 0
  /** Before this time the server does not want to be asked for a stream. */
  private notBefore = 0
  private heardAt = 0
  private status: Status | null = null
  private isClosed = true

  constructor(
    private readonly callbacks: LiveCallbacks,
    private readonly canStream: boolean,
  ) {}

  /** Sets what is followed; whatever was seen of it before `cursor` is not sent again. */
  follow(topics: readonly string[], cursor: string): void {
    if (this.current?.isOpen) {
      this.succeed(topics, olderCursor(cursor, this.cursor))
      return
    }
    this.topics = topics
    this.cursor = olderCursor(cursor, this.cursor)
    this.callbacks.onFollowing(topics)
    // What is under way would come back with another cursor than these topics need.
    if (this.current) this.stream()
    else if (this.polling) void this.poll()
  }

  open(): void {
    if (!this.isClosed) return
    this.isClosed = false
    this.failures = 0
    this.start()
  }

  close(): void {
    this.isClosed = true
    this.status = null
    this.stop()
  }

  /** Something speaks for a network that works again, or for a link that died without a word. */
  check(): void {
    if (this.isClosed) return
    if (this.status === 'connected') {
      if (Date.now() - this.heardAt < STALE_MS) return
      this.show('reconnecting')
    }
    this.start()
  }

  /** For a visible page only: timers of a hidden one lag, and what arrives may wait. */
  checkStale(): void {
    if (this.status === 'connected') this.check()
  }

  private start(): void {
    if (this.canStream && Date.now() >= this.notBefore) this.stream()
    else void this.poll()
  }

  private stop(): void {
    clearTimeout(this.timer)
    this.current?.abort.abort()
    this.successor?.abort.abort()
    this.polling?.abort()
    this.current = null
    this.successor = null
    this.polling = null
  }

  private stream(): void {
    this.stop()
    this.current = newAttempt(this.topics, this.cursor)
    void this.read(this.current)
  }

  /** Opens another stream beside the one that is open. */
  private succeed(topics: readonly string[], from: string): void {
    this.successor?.abort.abort()
    this.successor = newAttempt(topics, from)
    void this.read(this.successor)
  }

  private async read(attempt: Attempt): Promise<void> {
    try {
      await readEventStream(liveUrl(attempt.topics), attempt.from, attempt.abort.signal, {
        onOpen: () => this.opened(attempt),
        onEvent: (event) => {
          if (attempt === this.current) this.receive(event)
        },
        onBytes: () => {
          if (attempt === this.current) this.heardAt = Date.now()
        },
      })
      this.ended(attempt, null)
    } catch (error) {
      this.ended(attempt, error)
    }
  }

  private opened(attempt: Attempt): void {
    if (attempt === this.successor) this.promote(attempt)
    if (attempt !== this.current) return
    attempt.isOpen = true
    clearTimeout(this.timer)
    this.failures = 0
    this.notBefore = 0
    this.heardAt = Date.now()
    this.show('connected')
  }

  private promote(attempt: Attempt): void {
    const before = this.current
    this.current = attempt
    this.successor = null
    this.topics = attempt.topics
    this.cursor = attempt.from
    before?.abort.abort()
    this.callbacks.onFollowing(attempt.topics)
  }

  private receive(streamEvent: StreamEvent): void {
    const event = readLiveEvent(streamEvent)
    const cursor = streamEvent.lastEventId
    if (event.kind === 'error') this.callbacks.onNotice(event.notice)
    if (event.kind === 'close') this.leave(event.reason, event.pauseMs)
    // It only announces the fragments that its cursor stands for.
    if (event.kind === 'reset') this.callbacks.onReset(null)
    if (event.kind === 'patch') {
      this.callbacks.onFrame({ topic: event.topic, html: event.html, cursor })
      // After the fragments are on the page: what fails to be put there is fetched again.
      this.cursor = cursor
    }
    if (event.kind === 'alive' && cursor !== '') this.move(cursor)
  }

  /** The server ends the stream in a moment, and says why. */
  private leave(reason: string, pauseMs: number): void {
    if (reason === 'unauthorized') this.logOut()
    else if (reason === 'rotate') {
      if (!this.successor) this.succeed(this.topics, this.cursor)
    } else if (reason === 'busy') {
      // Others need the place for a while; what changes is fetched meanwhile.
      this.notBefore = Date.now() + pauseMs
      void this.poll()
    } else {
      this.stop()
      this.show('reconnecting')
      this.later(pauseMs, () => this.stream())
    }
  }

  private ended(attempt: Attempt, error: unknown): void {
    if (attempt !== this.successor && attempt !== this.current) return
    if (error instanceof RequestRefused && error.status === 401) this.logOut()
    else if (attempt === this.successor) {
      // The stream that is open goes on with what it has.
      this.successor = null
      this.callbacks.onFollowing(this.topics)
      if (error instanceof RequestRefused && error.isFinal) {
        void findRefused(attempt, this.callbacks.onRefusedTopic)
      }
    } else if (this.successor) {
      this.promote(this.successor)
      this.later(SWAP_MS, () => this.show('reconnecting'))
    } else this.retry(error)
  }

  private retry(error: unknown): void {
    this.current = null
    const wait = backoffMs(this.failures++)
    const asked = error instanceof RequestRefused ? (error.retryAfterMs ?? 0) : 0
    const isFinal = error instanceof RequestRefused && error.isFinal
    this.notBefore = Date.now() + Math.max(wait, asked)
    if (!navigator.onLine) this.show('offline')
    else this.show(this.failures > 1 ? 'polling' : 'reconnecting')
    // The first try is for the stream; after that, a poll is the probe.
    if (this.failures === 1 && asked === 0 && !isFinal) this.later(wait, () => this.stream())
    else void this.poll()
  }

  /** Fetches what has changed. When that works, the stream is worth another try. */
  private async poll(): Promise<void> {
    this.stop()
    const abort = new AbortController()
    this.polling = abort
    let reached = ''
    try {
      reached = await pollTopics(this.topics, this.cursor, abort.signal, this.callbacks)
    } catch (error) {
      if (this.polling === abort && error instanceof RequestRefused && error.status === 401)
        this.logOut()
      // Whatever else it was, the next poll is due in a few seconds; the indicator says so.
    }
    if (this.polling !== abort) return
    this.polling = null
    const hasWorked = reached !== ''
    if (hasWorked) this.move(reached)
    this.show(hasWorked || navigator.onLine ? 'polling' : 'offline')
    if (hasWorked && this.canStream && Date.now() >= this.notBefore) this.stream()
    else this.later(pollMs(), () => this.poll())
  }

  /** Nothing has changed up to here that was not shown. */
  private move(cursor: string): void {
    this.cursor = cursor
    this.callbacks.onFrame({ topic: null, html: '', cursor })
  }

  private logOut(): void {
    this.show('reconnecting')
    this.close()
    this.callbacks.onUnauthorized()
  }

  private later(ms: number, work: () => unknown): void {
    clearTimeout(this.timer)
    this.timer = window.setTimeout(work, ms)
  }

  private show(status: Status): void {
    if (status === this.status) return
    this.status = status
    this.callbacks.onStatus(status)
  }
}

function newAttempt(topics: readonly string[], from: string): Attempt {
  return { abort: new AbortController(), topics, from, isOpen: false }
}

/** Says which topics keep the others of a refused attempt from being streamed. */
async function findRefused(
  { topics, from, abort }: Attempt,
  onRefusedTopic: (topic: string) => void,
): Promise<void> {
  const onlyRefused = { onFrame() {}, onReset() {}, onRefusedTopic }
  // What fails otherwise says nothing of the topics, and is tried again.
  await pollTopics(topics, from, abort.signal, onlyRefused).catch(() => '')
}
