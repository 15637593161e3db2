import type { FairSemaphore } from '../concurrency/fair-semaphore'
import type { EventFilter } from '../filter/filter'
import { filterKey } from '../filter/select'
import type { EventRow } from '../log/event-row'
import type { Connection } from './connection'
import { encodeFrame } from './frame'
import type { LogSource } from './log-source'
import { LogViewer } from './log-viewer'
import { Replays } from './replays'
import type { RowFormat } from './row-format'
import { encodeRow, type OnRowFault, takePage } from './row-page'

/** After a replay that failed: the database is away, and will be back. */
const RETRY_MS = 1_000

interface Channel {
  readonly format: RowFormat
  readonly filter: EventFilter
  readonly viewers: Set<LogViewer>
}

export interface LogStreamsOptions {
  onError: (error: unknown) => void
  /** A row could not be encoded. */
  onRowFault?: OnRowFault
  /** Called once for each batch and channel, or page of a replay: these rows went to so many readers. */
  onSent?: (rows: readonly EventRow[], readers: number, isLive: boolean) => void
  /** Shares the replays among visitors. */
  permits?: FairSemaphore
  /** How long after a failed replay the next try is made. */
  retryMs?: number
}

/**
 * Streams of rows: each viewer gets every row that its filter selects exactly once, in order.
 * Viewers who want the same rows in the same format share a channel, and the bytes that it is sent.
 */
export class LogStreams {
  private readonly channels = new Map<string, Channel>()
  private readonly viewers = new Set<LogViewer>()
  private readonly replays: Replays
  private previousHead: number

  constructor(
    private readonly source: LogSource,
    private readonly options: LogStreamsOptions,
  ) {
    this.previousHead = source.head
    this.replays = new Replays(source, options.permits)
  }

  /** Different streams at this moment: what a batch of rows is encoded for. */
  get channelCount(): number {
    return this.channels.size
  }

  /** A viewer who will get the rows after `cursor`, once `catchUp` is called, until it is gone. */
  open(connection: Connection, format: RowFormat, filter: EventFilter, cursor: number): LogViewer {
    const viewer = new LogViewer(connection, format, filter, cursor, {
      source: this.source,
      replays: this.replays,
      encode: (row) => this.encode(format, row),
      sent: (rows) => this.options.onSent?.(rows, 1, false),
      join: (joining) => this.join(joining),
      catchUp: (late) => this.catchUp(late),
    })
    this.viewers.add(viewer)
    connection.onGone(() => {
      this.viewers.delete(viewer)
      viewer.leaveChannel()
      clearTimeout(viewer.retry)
    })
    return viewer
  }

  /**
   * Takes what the tail has read; the source must hold it already. Where the source does not reach
   * back to what was delivered before, each viewer reads on by itself, and is sent a gap.
   */
  deliver(rows: readonly EventRow[]): void {
    const isWhole = this.source.recentAfter(this.previousHead, 1) !== null
    const from = isWhole ? this.previousHead : null
    this.previousHead = this.source.head
    // A copy: viewers who leave a channel and join it again make new ones.
    for (const channel of [...this.channels.values()]) this.deliverTo(channel, rows, from)
  }

  /** Writes a notice to all viewers: it is no row, so it has no id. */
  notify(event: string, data: string): void {
    const frame = Buffer.from(encodeFrame({ event, data }))
    for (const { connection } of this.viewers) {
      if (!connection.isBlocked) connection.write(frame)
    }
  }

  /** Sends what the viewer has missed, then lets it join those who are up to date. */
  catchUp(viewer: LogViewer): void {
    viewer.leaveChannel()
    viewer.pump().catch((error: unknown) => {
      this.options.onError(error)
      this.retryLater(viewer)
    })
  }

  /** From the cursor on the viewer gets what this filter selects; what was sent stays sent. */
  refilter(viewer: LogViewer, filter: EventFilter): void {
    viewer.filter = filter
    // A viewer that is still catching up takes the new filter with the next page.
    if (viewer.isInChannel) this.catchUp(viewer)
  }

  private retryLater(viewer: LogViewer): void {
    if (!viewer.connection.isOpen) return
    viewer.retry = setTimeout(() => this.catchUp(viewer), this.options.retryMs ?? RETRY_MS)
  }

  private join(viewer: LogViewer): void {
    const { format, filter } = viewer
    const key = `${format.name} ${filterKey(filter)}`
    const channel = this.channels.get(key) ?? { format, filter, viewers: new Set() }
    channel.viewers.add(viewer)
    this.channels.set(key, channel)
    viewer.isInChannel = true
    viewer.leaveChannel = () => {
      viewer.isInChannel = false
      channel.viewers.delete(viewer)
      if (channel.viewers.size === 0 && this.channels.get(key) === channel)
        this.channels.delete(key)
    }
  }

  /** One page at most, the same bytes for all; what is beyond it each viewer takes at its own pace. */
  private deliverTo(
    { format, filter, viewers }: Channel,
    rows: readonly EventRow[],
    from: number | null,
  ): void {
    const page = takePage(rows, filter, format, (row) => this.encode(format, row))
    const { head } = this.source
    const isWhole = page.looked === rows.length
    const through = isWhole ? head : (rows[page.looked - 1]?.id ?? head)
    let readers = 0
    for (const viewer of viewers) {
      if (viewer.cursor !== from || viewer.connection.isBlocked) continue
      viewer.advance(through, page)
      readers++
    }
    if (page.rows.length > 0 && readers > 0) this.options.onSent?.(page.rows, readers, true)
    for (const viewer of [...viewers]) {
      // A cursor from another process, or from a receipt, can be ahead of what we have read.
      if (viewer.cursor < head) this.catchUp(viewer)
    }
  }

  private encode(format: RowFormat, row: EventRow): string {
    return encodeRow(format, row, (error) => this.options.onRowFault?.(error, row))
  }
}
