import type { Database } from '../db/connect'
import type { EventFilter } from '../filter/filter'
import type { EventRow } from '../log/event-row'
import { entriesAfter } from './read'

/**
 * What the streams of debates read besides the newest rows of the log: the transcripts, of which
 * nothing is ever trimmed.
 */
export function storedInDebates(db: Database) {
  return async (
    cursor: number,
    { through, limit, filter }: { through: number; limit: number; filter: EventFilter },
  ): Promise<{ rows: EventRow[]; trimmedThrough: number }> => {
    const debateIds = filter.debates ?? []
    const rows = await entriesAfter(db, debateIds, { after: cursor, through, limit })
    return { rows, trimmedThrough: 0 }
  }
}
