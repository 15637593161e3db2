import type { EventFilter } from '../filter/filter'
import type { EventRow } from '../log/event-row'
import type { Connection } from './connection'
import { encodeCursor, encodeFrame, HEARTBEAT } from './frame'
import type { LogSource } from './log-source'
import type { Replays } from './replays'
import type { RowFormat } from './row-format'
import { type RowPage, takePage } from './row-page'

const PAGE_ROWS = 500
/** Rows can be large: how many fit a page of the database is found out from below. */
const FIRST_PAGE_ROWS = 64

interface ViewerContext {
  readonly source: LogSource
  readonly replays: Replays
  /** Makes the viewer one of those who are up to date. */
  join(viewer: LogViewer): void
  catchUp(viewer: LogViewer): void
  encode(row: EventRow): string
  /** Hears which rows of a replay went out. */
  sent(rows: readonly EventRow[]): void
}

/** One reader of the log: how far it has read, and what it reads. */
export class LogViewer {
  leaveChannel: () => void = () => {}
  isInChannel = false
  retry: NodeJS.Timeout | undefined
  /** The newest id sent to the client, with a row or as a bare id. */
  private lastSentId: number
  private storedRows = FIRST_PAGE_ROWS

  constructor(
    readonly connection: Connection,
    readonly format: RowFormat,
    public filter: EventFilter,
    public cursor: number,
    private readonly surroundings: ViewerContext,
  ) {
    this.lastSentId = cursor
  }

  /**
   * Tells a client that came without a cursor where it is, or a connection that is cut before the
   * first row would lose what happens until it is back.
   */
  sendCursor(): void {
    this.lastSentId = this.cursor
    this.connection.write(encodeCursor(this.printedCursor))
  }

  /** A sign of life that also moves the client's cursor past rows that its filter left out. */
  heartbeat(): string {
    if (this.lastSentId >= this.cursor) return HEARTBEAT
    this.lastSentId = this.cursor
    return HEARTBEAT + encodeCursor(this.printedCursor)
  }

  /** `cursor` is how far the log has been looked through, the page what was found up to there. */
  advance(cursor: number, { rows, bytes, isEnd }: RowPage): void {
    this.cursor = cursor
    const last = rows.at(-1)
    if (!last) return
    this.lastSentId = last.id
    this.connection.write(bytes)
    if (isEnd) this.connection.finish()
  }

  /**
   * Reads from the cursor to the tail, a page at a time and no faster than the client takes it,
   * then joins the channel. Between the last look at the head and the joining nothing is awaited, so
   * no row can slip through.
   */
  async pump(): Promise<void> {
    const { source, join, catchUp } = this.surroundings
    while (this.connection.isOpen) {
      if (this.connection.isBlocked) return this.connection.onDrain(() => catchUp(this))
      if (this.cursor >= source.head) return join(this)
      const recent = source.recentAfter(this.cursor, PAGE_ROWS)
      if (recent) this.writePage(recent, recent.at(-1)?.id ?? source.head)
      else await this.replay()
    }
  }

  /** Tells the client that rows it wants are not there, and goes on from the tail, or from `to`. */
  reset(reason: string, given: number | string, to = this.surroundings.source.head): void {
    this.cursor = to
    this.lastSentId = this.cursor
    const data = JSON.stringify({ reason, last_event_id: given })
    this.connection.write(encodeFrame({ event: 'reset', id: this.printedCursor, data }))
  }

  private get printedCursor(): string | number {
    return this.format.id?.(this.cursor) ?? this.cursor
  }

  private async replay(): Promise<void> {
    const limit = this.storedRows
    const { filter, cursor, connection } = this
    const page = await this.surroundings.replays.read({
      visitor: connection.visitor,
      cursor,
      limit,
      filter,
      isWanted: () => connection.isOpen,
    })
    // What another filter has left out may be wanted now.
    if (!page || filter !== this.filter) return
    if (this.cursor < page.trimmedThrough) return this.reset('expired', this.cursor)
    const { rows, through } = page
    const written = this.writePage(
      rows,
      rows.length < limit ? through : (rows.at(-1)?.id ?? through),
    )
    this.storedRows = written < rows.length ? Math.max(1, written) : Math.min(limit * 2, PAGE_ROWS)
  }

  /** Writes as many rows as fit a page, and returns how many of them it has looked at. */
  private writePage(rows: readonly EventRow[], through: number): number {
    const { encode, sent } = this.surroundings
    const page = takePage(rows, this.filter, this.format, encode)
    const isWhole = page.looked === rows.length
    this.advance(isWhole ? through : (rows[page.looked - 1]?.id ?? through), page)
    sent(page.rows)
    return page.looked
  }
}
