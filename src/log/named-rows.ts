import type { EventRow } from './event-row'
import { toTimestamp } from './serialize'

/** What a line of the log says about the events that it concerns. */
export function namesOf(rows: readonly EventRow[]): {
  event_type?: string
  event_id?: number
  timestamp?: string | null
  /** The last of several. */
  through_id?: number
} {
  const [first] = rows
  const last = rows.at(-1)
  if (!first || !last) return {}
  return {
    event_type: first.type,
    event_id: first.id,
    timestamp: toTimestamp(first.at),
    ...(last !== first && { through_id: last.id }),
  }
}
