import type { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import { scopeOf } from '../access/visitor'
import { parseSearch } from '../fleet/feed-filter'
import { EVENT_TYPE, parseId } from '../fleet/page-filter'
import { BadInput } from '../log/bad-input'
import type { EventFilter } from '../log/filter'
import type { Scope } from '../log/scope'
import type { Env } from './env'
import type { Services } from './services'

const FILTER_KEYS = ['types', 'project_id', 'agent_id']
const MAX_VALUES = 100

export function queryOf(incoming: IncomingMessage): URLSearchParams {
  return new URL(incoming.url ?? '/', 'http://localhost').searchParams
}

/**
 * Reads the filter of a stream or a list of events. Throws BadInput for an unknown key, an empty
 * value or one that does not parse: a filter that is not understood must never mean "everything".
 * Whatever it says, it reaches no further than `scope`.
 */
function parseEventFilter(
  query: URLSearchParams,
  otherKeys: readonly string[],
  scope: Scope,
): EventFilter {
  for (const key of query.keys()) {
    if (!FILTER_KEYS.includes(key) && !otherKeys.includes(key)) {
      const known = [...FILTER_KEYS, ...otherKeys].join(', ')
      throw new BadInput(key.slice(0, 100), `${key.slice(0, 100)} is unknown; known are ${known}`)
    }
    if (query.getAll(key).length > 1) throw new BadInput(key, `${key} may be given once only`)
  }
  const type = (text: string) => (EVENT_TYPE.test(text) ? text : null)
  return {
    types: list(query, 'types', type, 'a comma-separated list of event types'),
    projectIds: list(query, 'project_id', parseId, 'a project’s number'),
    agentIds: list(query, 'agent_id', parseId, 'an agent’s number'),
    states: [],
    scope,
  }
}

/** `q`, `since` and `until`. To a program an empty value is a mistake; a form sends them by itself. */
export function parseEventSearch(query: URLSearchParams) {
  for (const key of ['q', 'since', 'until']) {
    if (query.get(key)?.trim() === '') throw new BadInput(key, `${key} is empty`)
  }
  return parseSearch(query)
}

function list<T extends string | number>(
  query: URLSearchParams,
  key: string,
  parse: (text: string) => T | null,
  expected: string,
): T[] {
  const given = query.get(key)
  if (given === null) return []
  const parts = given.split(',')
  if (parts.length > MAX_VALUES)
    throw new BadInput(key, `${key} may have at most ${MAX_VALUES} values`)
  const values = parts.map((part) => {
    const value = parse(part.trim())
    if (value === null)
      throw new BadInput(key, `${key} has to be ${expected}, not “${given.slice(0, 100)}”`)
    return value
  })
  return [...new Set(values)].sort((a, b) => (a < b ? -1 : 1))
}

/** A whole number in a query, or null where the key is absent. Throws BadInput. */
export function parseNumber(
  query: URLSearchParams,
  key: string,
  bounds: { min: number; max: number },
): number | null {
  const given = query.get(key)
  if (given === null) return null
  const value = /^\d{1,16}$/.test(given) ? Number(given) : Number.NaN
  if (!(value >= bounds.min && value <= bounds.max)) {
    throw new BadInput(key, `${key} has to be a whole number from ${bounds.min} to ${bounds.max}`)
  }
  return value
}

/** What is asked for, as far as the visitor may see it; rows of merged projects count as their target's. */
export function eventFilter(
  c: Context<Env>,
  { roster }: Services,
  otherKeys: readonly string[],
): EventFilter {
  const filter = parseEventFilter(queryOf(c.env.incoming), otherKeys, scopeOf(c.get('visitor')))
  return { ...filter, projectIds: roster.expandMerged(filter.projectIds) }
}
