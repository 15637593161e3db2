import type { EventFilter } from '../filter/filter'
import type { EventRow } from '../log/event-row'

/** Where the rows are: in memory as far as that reaches back, else in the database. */
export interface LogSource {
  readonly head: number
  recentAfter(cursor: number, limit: number): EventRow[] | null
  storedAfter(
    cursor: number,
    options: { through: number; limit: number; filter: EventFilter },
  ): Promise<{ rows: EventRow[]; trimmedThrough: number }>
}
