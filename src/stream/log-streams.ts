import type { EventRow } from '../log/event-row'
import { type EventFilter, filterKey, selects } from '../log/filter'
import type { Connection } from './connection'
import { encodeCursor, encodeFrame, HEARTBEAT } from './frame'

/** At most this much of a replay is in memory for a viewer. */
const PAGE_BYTES = 256 * 1024
const PAGE_ROWS = 500

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
}

interface Lane {
  readonly format: RowFormat
  readonly filter: EventFilter
  readonly viewers: Set<LogViewer>
}

/**
 * Streams of rows: each viewer gets every row that its filter selects exactly once, in order.
 * Viewers who want the same rows in the same format share a lane, and the bytes that go down it.
 */
export class LogStreams {
  private readonly lanes = new Map<string, Lane>()
  private previousHead: number

  constructor(
    private readonly source: LogSource,
    private readonly onError: (error: unknown) => void,
  ) {
    this.previousHead = source.head
  }

  /** A viewer who will get the rows after `cursor`, once `catchUp` is called, until it is gone. */
  open(connection: Connection, format: RowFormat, filter: EventFilter, cursor: number): LogViewer {
    const viewer = new LogViewer(connection, format, filter, cursor, this.source, this)
    connection.onGone(() => viewer.leaveLane())
    return viewer
  }

  /** Takes what the tail has read; the source must hold it already. */
  deliver(rows: readonly EventRow[]): void {
    const from = this.previousHead
    this.previousHead = this.source.head
    for (const lane of this.lanes.values()) this.deliverTo(lane, rows, from)
  }

  /** Writes a notice to everyone: it is no row, so it has no id. */
  notify(event: string, data: string): void {
    const frame = Buffer.from(encodeFrame({ event, data }))
    for (const lane of this.lanes.values()) {
      for (const viewer of lane.viewers) viewer.connection.write(frame)
    }
  }

  join(viewer: LogViewer): void {
    const key = `${viewer.format.name} ${filterKey(viewer.filter)}`
    const { format, filter } = viewer
    const lane = this.lanes.get(key) ?? { format, filter, viewers: new Set() }
    lane.viewers.add(viewer)
    this.lanes.set(key, lane)
    viewer.leaveLane = () => {
      lane.viewers.delete(viewer)
      if (lane.viewers.size === 0 && this.lanes.get(key) === lane) this.lanes.delete(key)
    }
  }

  /** Sends what the viewer has missed, then lets it join those who are up to date. */
  catchUp(viewer: LogViewer): void {
    viewer.leaveLane()
    viewer.pump().catch((error: unknown) => {
      // The client comes back with its cursor, so nothing is lost by ending its stream.
      viewer.connection.destroy()
      this.onError(error)
    })
  }

  private deliverTo(lane: Lane, rows: readonly EventRow[], from: number): void {
    const selected = rows.filter((row) => selects(lane.filter, row))
    const bytes =
      selected.length > 0
        ? Buffer.from(selected.map((row) => lane.format.encode(row)).join(''))
        : null
    for (const viewer of [...lane.viewers]) {
      if (viewer.cursor === from && !viewer.connection.isBlocked)
        viewer.advance(this.source.head, bytes)
      else this.catchUp(viewer)
    }
  }
}

export class LogViewer {
  leaveLane: () => void = () => {}
  /** The newest id that the client has been told, by a row or by a bare id. */
  private told: number

  constructor(
    readonly connection: Connection,
    readonly format: RowFormat,
    readonly filter: EventFilter,
    public cursor: number,
    private readonly source: LogSource,
    private readonly streams: LogStreams,
  ) {
    this.told = cursor
  }

  /** A sign of life that also moves the client's cursor past rows that its filter left out. */
  heartbeat(): string {
    if (this.told >= this.cursor) return HEARTBEAT
    this.told = this.cursor
    return HEARTBEAT + encodeCursor(this.cursor)
  }

  /** `cursor` is how far the log has been looked through; `bytes` what was selected up to there. */
  advance(cursor: number, bytes: Buffer | null): void {
    this.cursor = cursor
    if (!bytes) return
    this.told = cursor
    this.connection.write(bytes)
  }

  /**
   * Reads from the cursor to the tail, a page at a time and no faster than the client takes it,
   * then joins the lane. Between the last look at the head and the joining nothing is awaited, so
   * no row can slip through.
   */
  async pump(): Promise<void> {
    while (this.connection.isOpen) {
      if (this.connection.isBlocked) {
        this.connection.onDrain(() => this.streams.catchUp(this))
        return
      }
      if (this.cursor >= this.source.head) {
        this.streams.join(this)
        return
      }
      const recent = this.source.recentAfter(this.cursor, PAGE_ROWS)
      if (recent) this.writePage(recent, recent.at(-1)?.id ?? this.source.head)
      else await this.replay()
    }
  }

  private async replay(): Promise<void> {
    const through = this.source.head
    const page = await this.source.storedAfter(this.cursor, {
      through,
      limit: PAGE_ROWS,
      filter: this.filter,
    })
    if (this.cursor < page.trimmedThrough) this.reset('expired', this.cursor)
    else
      this.writePage(
        page.rows,
        page.rows.length < PAGE_ROWS ? through : (page.rows.at(-1)?.id ?? through),
      )
  }

  /** Tells the client that rows it wants are not there, and goes on from the tail. */
  reset(reason: string, given: number | string): void {
    this.cursor = this.source.head
    this.told = this.cursor
    const data = JSON.stringify({ reason, last_event_id: given })
    this.connection.write(encodeFrame({ event: 'reset', id: this.cursor, data }))
  }

  private writePage(rows: readonly EventRow[], through: number): void {
    let text = ''
    for (const row of rows) {
      if (selects(this.filter, row)) text += this.format.encode(row)
      if (text.length >= PAGE_BYTES) {
        this.advance(row.id, Buffer.from(text))
        return
      }
    }
    this.advance(through, text === '' ? null : Buffer.from(text))
  }
}
