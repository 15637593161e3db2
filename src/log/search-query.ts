import type { RawBuilder } from 'kysely'

/** A query of the log; null where a field does not matter. */
export interface EventQuery {
  /** Which rows are meant, as a test of `events`; the times are part of it. */
  readonly where: RawBuilder<boolean>
  /** What the index knows of that: of each group a row has one. `where` decides. */
  readonly marks: readonly (readonly Mark[])[]
  /** No row can be meant: nothing is read. */
  readonly isEmpty: boolean
  /** Words, "phrases", `or` and -words, as people type them. */
  readonly text: string | null
  /** When the row was stored: at this time or later. */
  readonly since: Date | null
  /** At this time or earlier. */
  readonly until: Date | null
}

/** What the index knows of a row beside its words. */
export type Mark = readonly [kind: 'project' | 'agent' | 'state' | 'type', value: string | number]

/** Which page of what was found: the newest ones below `before`, or the next ones above `after`. */
export interface EventRange {
  readonly limit: number
  readonly before?: number | null
  readonly after?: number | null
  /** Rows above this id are not looked at. */
  readonly through?: number
}
