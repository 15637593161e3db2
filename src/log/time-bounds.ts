import { type RawBuilder, sql } from 'kysely'

/** Clocks are set back now and then; where a time is in the log is known about so well. */
const CLOCK_SLACK = sql`interval '10 minutes'`

/** No row below this id was stored at `moment` or later. */
export function firstIdSince(moment: RawBuilder<Date>): RawBuilder<number> {
  return sql`(SELECT first_event_at(${moment} - ${CLOCK_SLACK}))`
}

/** No row at this id or above was stored before `moment`. */
export function firstIdAfter(moment: RawBuilder<Date>): RawBuilder<number> {
  return sql`(SELECT first_event_at(${moment} + ${CLOCK_SLACK}))`
}
