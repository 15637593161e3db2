import { EVENT_TYPE } from '../filter/values'
import type { RosterView } from '../fleet/scoped-roster'
import { BadInput } from '../log/bad-input'
import type { EventFilter } from '../log/filter'
import type { Scope } from '../log/scope'
import { STATES, type State } from '../log/state'

/** What a saved view selects. Sorted, without doubles; an empty list selects all. */
export interface ViewFilter {
  readonly types: readonly string[]
  readonly project_ids: readonly number[]
  readonly agent_ids: readonly number[]
  readonly states: readonly State[]
}

export const SELECTS_ALL: ViewFilter = { types: [], project_ids: [], agent_ids: [], states: [] }

const MAX_VALUES = 50

const READERS: { readonly [Key in keyof ViewFilter]: Reader<ViewFilter[Key][number]> } = {
  types: { expected: 'event types', read: (value) => (isType(value) ? value : null) },
  project_ids: { expected: 'numbers of projects', read: (value) => (isId(value) ? value : null) },
  agent_ids: { expected: 'numbers of agents', read: (value) => (isId(value) ? value : null) },
  states: {
    expected: `states: ${STATES.join(', ')}`,
    read: (value) => STATES.find((state) => state === value) ?? null,
  },
}

interface Reader<Value> {
  readonly expected: string
  read(value: unknown): Value | null
}

/** Reads `filters` as a program sends it; kinds that are left out select all. Throws BadInput. */
export function parseViewFilter(given: unknown): ViewFilter {
  if (given === undefined) return SELECTS_ALL
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new BadInput('filters', 'filters has to be an object')
  }
  const known = Object.keys(READERS)
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue
    const name = `filters.${key.slice(0, 100)}`
    throw new BadInput(name, `${name} is unknown; known are ${known.join(', ')}`)
  }
  const values = given as Partial<Record<keyof ViewFilter, unknown>>
  return {
    types: list(values, 'types'),
    project_ids: list(values, 'project_ids'),
    agent_ids: list(values, 'agent_ids'),
    states: list(values, 'states'),
  }
}

/**
 * The view's filter in the words of the log, for whoever may see no more than `scope`. A project that
 * was merged selects what its target does: the rows of both.
 */
export function toEventFilter(
  filter: ViewFilter,
  scope: Scope,
  roster: Pick<RosterView, 'project' | 'expandMerged'>,
): EventFilter {
  const { types, project_ids: saved, agent_ids: agentIds, states } = filter
  const projectIds = roster.expandMerged(saved.map((id) => roster.project(id)?.id ?? id))
  return { types, projectIds, agentIds, states, scope }
}

function list<Key extends keyof ViewFilter>(
  values: Partial<Record<keyof ViewFilter, unknown>>,
  key: Key,
): ViewFilter[Key][number][] {
  const given = values[key]
  if (given === undefined) return []
  const field = `filters.${key}`
  const { expected, read }: Reader<ViewFilter[Key][number]> = READERS[key]
  if (!Array.isArray(given)) throw new BadInput(field, `${field} has to be a list of ${expected}`)
  if (given.length > MAX_VALUES) {
    throw new BadInput(field, `${field} may have at most ${MAX_VALUES} values`)
  }
  const parsed = given.map((value: unknown) => {
    const known = read(value)
    if (known === null) throw new BadInput(field, `${field} has to be a list of ${expected}`)
    return known
  })
  return [...new Set(parsed)].sort((a, b) => (a < b ? -1 : 1))
}

function isType(value: unknown): value is string {
  return typeof value === 'string' && EVENT_TYPE.test(value)
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}
