import type { EventFilter } from '../filter/filter'
import { selects } from '../filter/select'
import type { EventRow } from '../log/event-row'
import { encodeCursor } from './frame'
import type { RowFormat } from './row-format'

/** At most about this much is written to a viewer before it is looked whether the viewer takes it. */
export const PAGE_BYTES = 256 * 1024

/** The first rows that fit a page, as their frames. */
export interface RowPage {
  readonly rows: readonly EventRow[]
  readonly bytes: Buffer
  /** How many rows were looked at: the rest is for the next page. */
  readonly looked: number
  /** The last row of the page ends the stream. */
  readonly isEnd: boolean
}

/** Encodes what the filter selects, up to `PAGE_BYTES` and the row that passes them, or to the end. */
export function takePage(
  rows: readonly EventRow[],
  filter: EventFilter,
  format: RowFormat,
  encode: (row: EventRow) => string,
): RowPage {
  const selected: EventRow[] = []
  let text = ''
  let looked = 0
  let isEnd = false
  for (const row of rows) {
    looked++
    if (!selects(filter, row)) continue
    selected.push(row)
    text += encode(row)
    isEnd = format.ends?.(row) === true
    if (isEnd || text.length >= PAGE_BYTES) break
  }
  return { rows: selected, bytes: Buffer.from(text), looked, isEnd }
}

export type OnRowFault = (error: unknown, row: EventRow) => void

/**
 * A row that cannot be encoded costs no client another one: it goes out without its data, or, if even
 * its name cannot be written, as a bare id.
 */
export function encodeRow(format: RowFormat, row: EventRow, onFault: OnRowFault): string {
  try {
    return format.encode(row)
  } catch (error) {
    onFault(error, row)
  }
  try {
    return format.encode({ ...row, data: {} })
  } catch {
    // The fault was reported already, and nothing else of the row can be sent.
    return encodeCursor(row.id)
  }
}
