import { type RawBuilder, sql } from 'kysely'
import { scopeSql } from '../log/scope'
import type { EventQuery, Mark } from '../log/search-query'
import type { Sums } from './field'
import { type EventFilter, SINGLES } from './filter'
import { meantIn, selectsNothing } from './select'

/** The test of a row of `events` that every query of the log makes; `selects` is the same in memory. */
export function filterSql(filter: EventFilter): RawBuilder<boolean> {
  const tests = meantIn(filter).map(([field, values]) => field.sql(values))
  for (const [name, field] of SINGLES) {
    const value = filter[name]
    if (value !== null && field.sql) tests.push(field.sql(value))
  }
  return all([scopeSql(filter.scope), ...tests])
}

/** The test of a row of a table of sums: by the fields that the table knows. */
export function sumsSql(filter: EventFilter, sums: Sums): RawBuilder<boolean> {
  const known = meantIn(filter).filter(([field]) => field.sums.includes(sums))
  // Usage is summed up without types of events, and so without those about access.
  const scope = sums === 'usage' ? { ...filter.scope, seesAccess: true } : filter.scope
  return all([scopeSql(scope), ...known.map(([field, values]) => field.sql(values))])
}

/** Whether a table of sums knows all that the filter asks for. */
export function isSummed(filter: EventFilter, sums: Sums): boolean {
  const { text, since, until } = filter
  if (text !== null || since !== null || until !== null) return false
  return meantIn(filter).every(([field]) => field.sums.includes(sums))
}

/** The filter as the log is searched by it. */
export function toEventQuery(filter: EventFilter): EventQuery {
  const { scope, text, since, until } = filter
  // How long a search takes must not tell what there is beyond the scope.
  const visible = (scope.projectIds ?? []).map((id): Mark => ['project', id])
  const marks = meantIn(filter).flatMap(([{ mark }, values]) =>
    mark ? [values.map((value): Mark => [mark, value])] : [],
  )
  return {
    where: filterSql(filter),
    marks: [visible, ...marks].filter((group) => group.length > 0),
    isEmpty: selectsNothing(filter),
    text,
    since,
    until,
  }
}

function all(tests: readonly RawBuilder<boolean>[]): RawBuilder<boolean> {
  return sql<boolean>`${sql.join(tests, sql` AND `)}`
}
