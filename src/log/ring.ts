import type { EventRow } from './event-row'

/** What a row costs besides its text, roughly: the object, its dates, its place in the ring. */
const ROW_OVERHEAD_BYTES = 400

/**
 * The newest rows of the log, all of them from `floor` (exclusive) to the head, bounded in bytes.
 * A thousand clients that reconnect at once read from here and not from the database.
 */
export class Ring {
  private rows: EventRow[] = []
  private sizes: number[] = []
  private start = 0
  private bytes = 0
  /** Of rows before `start`, which still take memory. */
  private droppedBytes = 0
  private lowest: number

  constructor(
    head: number,
    private readonly maxBytes: number,
  ) {
    this.lowest = head
  }

  /** Everything after this id is in the ring. */
  get floor(): number {
    return this.lowest
  }

  get byteLength(): number {
    return this.bytes
  }

  /** `size` is the length of the row's text. Rows must come in the order of their ids. */
  push(row: EventRow, size: number): void {
    this.rows.push(row)
    this.sizes.push(size + ROW_OVERHEAD_BYTES)
    this.bytes += size + ROW_OVERHEAD_BYTES
    while (this.bytes > this.maxBytes && this.start < this.rows.length) this.dropOldest()
    if (this.droppedBytes * 8 > this.maxBytes) this.compact()
  }

  /** Rows after `cursor`, oldest first, at most `limit`; null where the ring does not reach back. */
  after(cursor: number, limit: number): EventRow[] | null {
    if (cursor < this.lowest) return null
    const from = this.firstAfter(cursor)
    return this.rows.slice(from, from + limit)
  }

  /** True if a row after `cursor` passes `test`; null where the ring does not reach back. */
  someAfter(cursor: number, test: (row: EventRow) => boolean): boolean | null {
    if (cursor < this.lowest) return null
    for (let index = this.firstAfter(cursor); index < this.rows.length; index++) {
      const row = this.rows[index]
      if (row && test(row)) return true
    }
    return false
  }

  /** Forgets all rows, and goes on after `head`. */
  restart(head: number): void {
    this.rows = []
    this.sizes = []
    this.start = 0
    this.bytes = 0
    this.droppedBytes = 0
    this.lowest = head
  }

  private dropOldest(): void {
    this.lowest = this.rows[this.start]?.id ?? this.lowest
    const size = this.sizes[this.start] ?? 0
    this.bytes -= size
    this.droppedBytes += size
    this.start++
  }

  private compact(): void {
    this.rows = this.rows.slice(this.start)
    this.sizes = this.sizes.slice(this.start)
    this.start = 0
    this.droppedBytes = 0
  }

  private firstAfter(cursor: number): number {
    let low = this.start
    let high = this.rows.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.rows[middle]?.id ?? Number.POSITIVE_INFINITY) > cursor) high = middle
      else low = middle + 1
    }
    return low
  }
}
