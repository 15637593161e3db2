import type { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import { scopeOf } from '../access/visitor'
import { parseQuery, type Reach } from '../filter/parse'
import { BadInput } from '../log/bad-input'
import type { EventFilter } from '../log/filter'
import type { EventQuery } from '../log/search'
import type { Env } from './env'
import type { Services } from './services'

export function queryOf(incoming: IncomingMessage): URLSearchParams {
  return new URL(incoming.url ?? '/', 'http://localhost').searchParams
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
export function eventQuery(
  c: Context<Env>,
  { roster }: Services,
  reach: Reach,
  otherKeys: readonly string[],
): EventQuery {
  const query = queryOf(c.env.incoming)
  const { projects, agents, types, text, since, until } = parseQuery(query, reach, otherKeys)
  const filter: EventFilter = {
    types,
    agentIds: agents,
    projectIds: roster.expandMerged(projects.map(Number)),
    states: [],
    scope: scopeOf(c.get('visitor')),
  }
  return { filter, text, since, until }
}
