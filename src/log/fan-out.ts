import type { EventRow } from './event-row'

/** Receives new rows. */
interface Consumer {
  readonly take: (rows: EventRow[]) => void
  /** Called where `take` threw: what it knows from rows up to `through` has to be read again. */
  readonly recover?: (through: number) => void
}

/** Gives rows to each consumer, in order. What one of them throws is logged, and costs no other a row. */
export function createFanOut(
  consumers: readonly Consumer[],
  onFault: (error: unknown, rows: readonly EventRow[]) => void,
): (rows: EventRow[]) => void {
  return (rows) => {
    const last = rows.at(-1)
    if (!last) return
    for (const { take, recover } of consumers) {
      try {
        take(rows)
      } catch (error) {
        onFault(error, rows)
        recover?.(last.id)
      }
    }
  }
}
