import type { EventRow } from './event-row'
import { isVisible, type Scope, scopeKey, WHOLE_LOG } from './scope'

/** Which rows of the log a reader wants. Every list is sorted and without doubles; empty means all. */
export interface EventFilter {
  readonly types: readonly string[]
  readonly projectIds: readonly number[]
  readonly agentIds: readonly number[]
  readonly states: readonly string[]
  readonly debateIds?: readonly string[]
  /** What its reader may see: no value of the lists reaches beyond it. */
  readonly scope: Scope
}

export const ALL_EVENTS: EventFilter = {
  types: [],
  projectIds: [],
  agentIds: [],
  states: [],
  scope: WHOLE_LOG,
}

/** A row alone decides: kinds are joined by AND, the values of a kind by OR. */
export function selects(filter: EventFilter, row: EventRow): boolean {
  return (
    has(filter.types, row.type) &&
    has(filter.projectIds, row.projectId) &&
    has(filter.agentIds, row.agentId) &&
    has(filter.states, row.state) &&
    has(filter.debateIds ?? [], row.debateId) &&
    isVisible(filter.scope, row)
  )
}

/** Equal for filters that select the same rows by the same values. */
export function filterKey(filter: EventFilter): string {
  const { types, projectIds, agentIds, states, debateIds = [], scope } = filter
  return JSON.stringify([types, projectIds, agentIds, states, debateIds, scopeKey(scope)])
}

function has<T>(wanted: readonly T[], value: T | null): boolean {
  return wanted.length === 0 || (value !== null && wanted.includes(value))
}
