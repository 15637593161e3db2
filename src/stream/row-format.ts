import type { EventRow } from '../log/event-row'

/** How rows look on the wire. One object for each format there is: channels are distinguished by it. */
export interface RowFormat {
  readonly name: string
  encode(row: EventRow): string
  /** How the format prints a place in the log; the number itself where nothing is said. */
  id?(cursor: number): string
  /** After this row there is nothing more to come: the stream ends with it. */
  ends?(row: EventRow): boolean
}
