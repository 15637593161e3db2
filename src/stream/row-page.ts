import type { EventFilter } from '../filter/filter'
import { selects } from '../filter/select'
import type { EventRow } from '../log/event-row'
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
