import { Leader } from '../leader'
import { LiveClient } from './live-client'
import type { LiveFrame, Status } from './live-types'
import { type FeedCallbacks, type FeedOptions, isOwnReset, type PageFeed } from './page-feed'
import { StreamHost } from './stream-host'
import { type FromLeader, type FromTab, nextTerm, readTabMessage } from './tab-message'

/** Tabs with another version of this script lead their own life. */
const NAME = 'muster-live-2'
const TICK_MS = 1_000
/** A leader says every second that it is there; after this long a page no longer counts on it. */
const DOUBT_MS = 3_000
/** And after this long the other tabs take it for dead. */
const SILENT_MS = 5_000
/** Not all at once. */
const SILENT_JITTER_MS = 2_000
/** How long a page may be without a leader before it says so. */
const HANDOVER_MS = 1_500
/** A page that the leader does not serve helps itself. */
const UNSERVED_MS = 3_000

/**
 * Feeds a page by the one stream that all tabs of the browser share. One of them leads: the one that
 * was loaded or looked at last, and when it goes, another. Each tab owns its cursor, which moves only
 * while a leader serves it: so a new leader knows from where to go on, and nothing is missed.
 */
export class SharedLive implements PageFeed {
  cursor: string
  private readonly leader: Leader
  private tab = ''
  private channel: BroadcastChannel | null = null
  private host: StreamHost | null = null
  /** Polls for a page that the leader does not serve. */
  private fallback: LiveClient | null = null
  private term = ''
  private isServed = false
  private isLeaderHidden = false
  private status: Status | null = null
  private shown: Status | null = null
  private heardAt = 0
  private servedAt = 0
  /** When it was last known how fresh the page is. */
  private knownAt = 0
  private tickedAt = 0
  private timer = 0
  private readonly silentMs = SILENT_MS + SILENT_JITTER_MS * Math.random()

  constructor(
    private readonly options: FeedOptions,
    private readonly callbacks: FeedCallbacks,
  ) {
    this.cursor = options.cursor
    this.leader = new Leader({
      lock: NAME,
      onElected: () => this.lead(),
      onDeposed: () => this.stopLeading(),
    })
  }

  open(): void {
    if (this.channel) return
    this.tab = crypto.randomUUID()
    this.channel = new BroadcastChannel(NAME)
    this.channel.onmessage = ({ data }) => this.hear(data)
    this.heardAt = this.servedAt = this.knownAt = this.tickedAt = Date.now()
    this.timer = window.setInterval(() => this.tick(), TICK_MS)
    if (document.hidden) {
      this.leader.start()
      this.say(this.here())
    } else this.leader.seize()
  }

  close(): void {
    if (!this.channel) return
    clearInterval(this.timer)
    this.leader.stop()
    this.stopLeading()
    this.startPollingFallback(false)
    this.say({ kind: 'gone', tab: this.tab })
    this.channel.close()
    this.channel = null
    this.shown = null
  }

  check(): void {
    this.host?.check()
    this.fallback?.check()
  }

  visibilityChanged(): void {
    if (!this.channel) return
    this.host?.tell()
    if (document.hidden) return
    if (this.isLeaderHidden || this.isSilent(this.silentMs)) this.leader.seize()
    this.check()
    this.show()
  }

  private lead(): void {
    this.startPollingFallback(false)
    this.host?.close()
    this.term = nextTerm(this.term, this.tab, Date.now())
    this.detach()
    const send = (message: FromLeader) => this.broadcast(message)
    this.host = new StreamHost(this.term, this.tab, send, this.options.canStream)
    this.host.start(this.here())
  }

  private stopLeading(): void {
    if (!this.host) return
    this.host.close()
    this.host = null
    this.heardAt = Date.now()
    this.detach()
  }

  private tick(): void {
    this.host?.tell()
    const isLate = Date.now() - this.tickedAt > 2 * TICK_MS
    this.tickedAt = Date.now()
    if (!document.hidden) {
      // A page that was held up itself has not read what the leader has said meanwhile.
      if (isLate) this.heardAt = Date.now()
      this.host?.checkStale()
      if (this.isSilent(this.silentMs)) this.leader.seize()
    }
    if (!this.isServed && Date.now() - this.servedAt > UNSERVED_MS) this.startPollingFallback(true)
    this.show()
  }

  private isSilent(ms: number): boolean {
    return !this.host && Date.now() - this.heardAt > ms
  }

  private here(): Extract<FromTab, { kind: 'here' }> {
    const { tab, cursor } = this
    return { kind: 'here', tab, topics: this.options.topics, cursor, isHidden: document.hidden }
  }

  private say(message: FromTab | FromLeader): void {
    this.channel?.postMessage(message)
  }

  /** The leader's own page takes what it sends as all others do. */
  private broadcast(message: FromLeader): void {
    this.say(message)
    this.handleLeaderMessage(message)
  }

  private hear(data: unknown): void {
    const message = readTabMessage(data)
    if (message?.kind === 'here') this.host?.here(message)
    else if (message?.kind === 'gone') this.host?.gone(message.tab)
    else if (message) this.handleLeaderMessage(message)
  }

  private handleLeaderMessage(message: FromLeader): void {
    if (message.term < this.term) return
    if (message.term > this.term) {
      // Its lock is another's; the browser will say so, perhaps later than the other does.
      this.stopLeading()
      this.term = message.term
      this.detach()
    }
    this.heardAt = Date.now()
    if (message.kind === 'ask' && !this.host) this.say(this.here())
    if (message.kind === 'state') this.follow(message)
    if (message.kind === 'frame') this.receive(message)
    if (message.kind === 'notice') this.callbacks.onNotice(message.notice)
    if (message.kind === 'unauthorized') this.callbacks.onUnauthorized()
    if (message.kind === 'reset' && this.isServed && isOwnReset(this.options, message.topic)) {
      this.callbacks.onReset()
    }
  }

  private follow(state: Extract<FromLeader, { kind: 'state' }>): void {
    this.isLeaderHidden = state.isHidden
    if (!state.served.includes(this.tab)) this.detach()
    else {
      this.startPollingFallback(false)
      this.isServed = true
      this.status = state.status
    }
    if (!this.host && this.isLeaderHidden && !document.hidden) this.leader.seize()
    this.show()
  }

  private detach(): void {
    if (!this.isServed) return
    this.servedAt = Date.now()
    this.isServed = false
    this.status = null
  }

  /** What was sent before this page was served may have had something before it. */
  private receive({ topic, html, cursor }: LiveFrame): void {
    if (!this.isServed) return
    if (html !== '' && this.isMine(topic)) this.callbacks.onPatch(html, cursor)
    this.cursor = cursor
  }

  private isMine(topic: string | null): boolean {
    return topic === null || this.options.topics.includes(topic)
  }

  private startPollingFallback(isNeeded: boolean): void {
    if (isNeeded === (this.fallback !== null)) return
    this.fallback?.close()
    this.fallback = isNeeded ? this.startPolling() : null
    this.status = null
  }

  private startPolling(): LiveClient {
    const client = new LiveClient(
      {
        ...this.callbacks,
        onStatus: (status) => {
          this.status = status
          this.show()
        },
        onFrame: ({ html, cursor }) => {
          if (html !== '') this.callbacks.onPatch(html, cursor)
          this.cursor = cursor
        },
        onReset: (topic) => {
          if (isOwnReset(this.options, topic)) this.callbacks.onReset()
        },
        onFollowing: () => {},
        onRefusedTopic: () => {},
      },
      false,
    )
    client.follow(this.options.topics, this.cursor)
    client.open()
    return client
  }

  /** Never says "connected" for a leader that is not heard, or that does not serve this page. */
  private show(): void {
    const isDoubtful = this.isServed && this.isSilent(DOUBT_MS)
    const known = isDoubtful ? null : this.status
    if (known) this.knownAt = Date.now()
    if (isDoubtful) this.knownAt = 0
    const status = known ?? (Date.now() - this.knownAt > HANDOVER_MS ? 'reconnecting' : null)
    if (!status || status === this.shown) return
    this.shown = status
    this.callbacks.onStatus(status)
  }
}
