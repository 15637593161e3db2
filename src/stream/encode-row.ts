import type { EventRow } from '../log/event-row'
import { encodeCursor } from './frame'
import type { RowFormat } from './log-streams'

export type OnRowFault = (error: unknown, row: EventRow) => void

/**
 * A row that cannot be encoded costs nobody another one: it goes out without its data, or, if even
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
    // It has been told already, and nothing else is known of the row that could be sent.
    return encodeCursor(row.id)
  }
}
