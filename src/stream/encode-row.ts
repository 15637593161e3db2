import type { EventRow } from '../log/event-row'
import { encodeCursor } from './frame'
import type { RowFormat } from './row-format'

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
