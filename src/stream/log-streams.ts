import type { EventRow } from '../log/event-row'
import { type EventFilter, filterKey, selects } from '../log/filter'
import type { Connection } from './connection'
import { encodeFrame } from './frame'
import { LogViewer } from './log-viewer'
import { Turns } from './turns'

/** Replays read the database; what pages and reports need must not wait behind them. */
const REPLAYS_AT_ONCE = 3
/** After a replay that failed: the database is away, and will be back. */
const RETRY_MS = 1_000

/** Where the rows are: in memory as far as that reaches back, else in the database. */
export interface LogSource {
  readonly head: number
  recentAfter(cursor: number, limit: number): EventRow[] | null
  storedAfter(
    cursor: number,
    options: { through: number; limit: number; filter: EventFilter },
  ): Promise<{ rows: EventRow[]; trimmedThrough: number }>
}

/** How rows look on the wire. One object for each format there is: lanes are told apart by it. */
export interface RowFormat {
  readonly name: string
  encode(row: EventRow): string
  /** After this row there is nothing more to come: the stream ends with it. */
  ends?(row: EventRow): boolean
}

interface Lane {
  readonly format: RowFormat
  readonly filter: EventFilter
  readonly viewers: Set<LogViewer>
}

export interface LogStreamsOptions {
  onError: (error: unknown) => void
  /** How long after a failed replay the next try is made. */
  retryMs?: number
}

/**
 * Streams of rows: each viewer gets every row that its filter selects exactly once, in order.
 * Viewers who want the same rows in the same format share a lane, and the bytes that go down it.
 */
export class LogStreams {
  private readonly lanes = new Map<string, Lane>()
  private readonly viewers = new Set<LogViewer>()
  private readonly replays = new Turns(REPLAYS_AT_ONCE)
  private previousHead: number

  constructor(
    private readonly source: LogSource,
    private readonly options: LogStreamsOptions,
  ) {
    this.previousHead = source.head
  }

  /** Different streams at this moment: what a batch of rows is encoded for. */
  get laneCount(): number {
    return this.lanes.size
  }

  /** A viewer who will get the rows after `cursor`, once `catchUp` is called, until it is gone. */
  open(connection: Connection, format: RowFormat, filter: EventFilter, cursor: number): LogViewer {
    const viewer = new LogViewer(connection, format, filter, cursor, {
      source: this.source,
      replays: this.replays,
      join: (joining) => this.join(joining),
      catchUp: (late) => this.catchUp(late),
    })
    this.viewers.add(viewer)
    connection.onGone(() => {
      this.viewers.delete(viewer)
      viewer.leaveLane()
      clearTimeout(viewer.retry)
    })
    return viewer
  }

  /** Takes what the tail has read; the source must hold it already. */
  deliver(rows: readonly EventRow[]): void {
    const from = this.previousHead
    this.previousHead = this.source.head
    // A copy: viewers who leave a lane and join it again make new ones.
    for (const lane of [...this.lanes.values()]) this.deliverTo(lane, rows, from)
  }

  /** Writes a notice to everyone who reads: it is no row, so it has no id. */
  notify(event: string, data: string): void {
    const frame = Buffer.from(encodeFrame({ event, data }))
    for (const { connection } of this.viewers) {
      if (!connection.isBlocked) connection.write(frame)
    }
  }

  /** Sends what the viewer has missed, then lets it join those who are up to date. */
  catchUp(viewer: LogViewer): void {
    viewer.leaveLane()
    viewer.pump().catch((error: unknown) => {
      this.options.onError(error)
      this.retryLater(viewer)
    })
  }

  private retryLater(viewer: LogViewer): void {
    if (!viewer.connection.isOpen) return
    viewer.retry = setTimeout(() => this.catchUp(viewer), this.options.retryMs ?? RETRY_MS)
  }

  private join(viewer: LogViewer): void {
    const { format, filter } = viewer
    const key = `${format.name} ${filterKey(filter)}`
    const lane = this.lanes.get(key) ?? { format, filter, viewers: new Set() }
    lane.viewers.add(viewer)
    this.lanes.set(key, lane)
    viewer.leaveLane = () => {
      lane.viewers.delete(viewer)
      if (lane.viewers.size === 0 && this.lanes.get(key) === lane) this.lanes.delete(key)
    }
  }

  private deliverTo(
    { format, filter, viewers }: Lane,
    rows: readonly EventRow[],
    from: number,
  ): void {
    const selected = rows.filter((row) => selects(filter, row))
    const frames = selected.map((row) => format.encode(row))
    const isEnd = selected.some((row) => format.ends?.(row))
    const bytes = frames.length > 0 ? Buffer.from(frames.join('')) : null
    const { head } = this.source
    for (const viewer of [...viewers]) {
      if (viewer.cursor === from && !viewer.connection.isBlocked) {
        viewer.advance(head, bytes)
        if (isEnd) viewer.connection.finish()
      }
      // A cursor from another process, or from a receipt, can be ahead of what we have read.
      else if (viewer.cursor < head) this.catchUp(viewer)
    }
  }
}
