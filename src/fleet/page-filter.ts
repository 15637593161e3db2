import { BadInput } from '../log/bad-input'
import { STATES, type State } from '../log/state'
import type { PageFilter } from './board'

export const FILTER_KEYS = ['project', 'agent', 'state', 'type'] as const
export type FilterKey = (typeof FILTER_KEYS)[number]

export const EVENT_TYPE = /^[a-z][a-z0-9_.-]{0,63}$/
const SLUG = /^[a-z0-9][a-z0-9-]{0,99}$/
const MAX_VALUES = 50

export const EVERYTHING: PageFilter = { projects: [], agents: [], states: [], types: [] }

/**
 * Reads `project`, `agent`, `state` and `type` of a query, each as often as wanted. Empty values are
 * what an untouched form field sends, and mean "all". Throws BadInput for what can select nothing.
 */
export function parsePageFilter(query: URLSearchParams): PageFilter {
  return {
    projects: values(
      query,
      'project',
      (text) => (SLUG.test(text) ? text : null),
      'a project’s short name',
    ),
    agents: values(query, 'agent', parseId, 'an agent’s number').sort((a, b) => a - b),
    states: values(query, 'state', parseState, `one of ${STATES.join(', ')}`),
    types: values(query, 'type', (text) => (EVENT_TYPE.test(text) ? text : null), 'an event type'),
  }
}

/** The canonical query of a filter, without the question mark: equal filters give equal text. */
export function formatPageFilter(filter: PageFilter): string {
  const query = new URLSearchParams()
  for (const project of [...filter.projects].sort()) query.append('project', project)
  for (const agent of [...filter.agents].sort((a, b) => a - b)) query.append('agent', String(agent))
  for (const state of [...filter.states].sort()) query.append('state', state)
  for (const type of [...filter.types].sort()) query.append('type', type)
  return query.toString()
}

function values<T extends string | number>(
  query: URLSearchParams,
  key: FilterKey,
  parse: (text: string) => T | null,
  expected: string,
): T[] {
  const texts = query
    .getAll(key)
    .map((text) => text.trim())
    .filter((text) => text !== '')
  if (texts.length > MAX_VALUES) throw new BadInput(key, `${key}: at most ${MAX_VALUES} values`)
  const parsed = texts.map((text) => {
    const value = parse(text)
    if (value === null) throw new BadInput(key, `${key}: “${text.slice(0, 80)}” is not ${expected}`)
    return value
  })
  return [...new Set(parsed)].sort()
}

/** A positive whole number below 2^53, or null. */
export function parseId(text: string): number | null {
  return /^[1-9]\d{0,15}$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : null
}

function parseState(text: string): State | null {
  return STATES.find((state) => state === text) ?? null
}
