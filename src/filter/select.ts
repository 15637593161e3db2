import type { EventRow } from '../log/event-row'
import { isVisible, type Scope, scopeKey, WHOLE_LOG } from '../log/scope'
import type { Directory, ListField, Scalar, SessionFacts } from './field'
import { EVERYTHING, type EventFilter, type Filter, LISTS, SINGLES, sorted } from './filter'

interface ResolveOptions {
  /** Rows of an agent's subagents are its own. */
  readonly withSubagents?: boolean
}

/**
 * What a filter means now within `scope`. A name that matches
 * nothing selects nothing.
 */
export function resolve(
  filter: Filter,
  directory: Directory,
  scope: Scope,
  { withSubagents = false }: ResolveOptions = {},
): EventFilter {
  const lists = LISTS.map(([name, field]) => {
    const asked: readonly Scalar[] = filter[name]
    const meant = asked.flatMap((value) => field.find(value, directory))
    return [name, asked.length === 0 ? null : sorted(meant)]
  })
  return { ...filter, ...Object.fromEntries(lists), scope, withSubagents }
}

/** `resolve` of one filter again and again; it costs something only when the directory has changed. */
export function resolver(
  filter: Filter,
  directory: Directory,
  scope: Scope,
  options: ResolveOptions = {},
): () => EventFilter {
  const hasNames = LISTS.some(([name, field]) => field.isName && filter[name].length > 0)
  let version = directory.version
  let resolved = resolve(filter, directory, scope, options)
  return () => {
    if (hasNames && version !== directory.version) {
      version = directory.version
      resolved = resolve(filter, directory, scope, options)
    }
    return resolved
  }
}

export const ALL_EVENTS: EventFilter = resolve(
  EVERYTHING,
  { version: 0, projects: () => [] },
  WHOLE_LOG,
)

/** The fields that narrow, with their values. */
export function meantIn(filter: EventFilter): [ListField, readonly Scalar[]][] {
  return LISTS.flatMap(([name, field]): [ListField, readonly Scalar[]][] => {
    const values: readonly Scalar[] | null = filter[name]
    return values ? [[field, values]] : []
  })
}

/** Whether no row at all can be selected. */
export function selectsNothing(filter: EventFilter): boolean {
  const { projectIds } = filter.scope
  return projectIds?.length === 0 || meantIn(filter).some(([, { length }]) => length === 0)
}

/** Whether the row is selected, and may be seen; but for words, which only the database can tell. */
export function selects(filter: EventFilter, row: EventRow): boolean {
  return matchesRow(filter, row) && isVisible(filter.scope, row)
}

/** The same for the filter alone, without a scope. */
export function matchesRow(filter: EventFilter, row: EventRow): boolean {
  const tests = testsOf.get(filter) ?? compile(filter)
  for (const test of tests) if (!test(row)) return false
  return true
}

type RowTest = (row: EventRow) => boolean

/** Every row is tested by every filter that a stream has: only fields that narrow are looked at. */
const testsOf = new WeakMap<EventFilter, readonly RowTest[]>()

function compile(filter: EventFilter): readonly RowTest[] {
  const lists = meantIn(filter).map(
    ([field, values]): RowTest =>
      (row) =>
        field.matchesRow(values, row, filter.withSubagents),
  )
  const singles = SINGLES.flatMap(([name, { matchesRow }]): RowTest[] => {
    const value = filter[name]
    return value === null || matchesRow === null ? [] : [(row) => matchesRow(value, row)]
  })
  const tests = [...lists, ...singles]
  testsOf.set(filter, tests)
  return tests
}

/** Equal for filters that select the same rows by the same values. */
export function filterKey(filter: EventFilter): string {
  const values = [...LISTS, ...SINGLES].map(([name]) => filter[name])
  return JSON.stringify([values, filter.withSubagents, scopeKey(filter.scope)])
}

/** How sessions are narrowed: by what they are indexed by, null for all, and by looking at each. */
interface SessionQuery {
  readonly projects: readonly number[] | null
  readonly agents: readonly number[] | null
  readonly states: readonly string[] | null
  /** Null where no session has to be looked at. */
  readonly test: ((session: SessionFacts) => boolean) | null
}

/** Which sessions a filter selects; words, times and types of events say nothing about them. */
export function sessionQuery(filter: EventFilter): SessionQuery {
  const narrowing = meantIn(filter)
  const by = (dimension: ListField['session']) =>
    narrowing.find(([field]) => field.session === dimension)?.[1] ?? null
  const tests = narrowing.flatMap(([{ session }, values]) =>
    typeof session === 'function' ? [(facts: SessionFacts) => session(values, facts)] : [],
  )
  return {
    projects: by('project') as readonly number[] | null,
    agents: by('agent') as readonly number[] | null,
    states: by('state') as readonly string[] | null,
    test: tests.length === 0 ? null : (facts) => tests.every((test) => test(facts)),
  }
}
