import type { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import { scopeOf } from '../access/visitor'
import { BadInput } from '../errors/app-error'
import type { Directory } from '../filter/field'
import type { EventFilter } from '../filter/filter'
import { parseQuery, type Target } from '../filter/parse'
import { resolve } from '../filter/select'
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
export function eventFilter(
  c: Context<Env>,
  { roster }: Services,
  target: Target,
  otherKeys: readonly string[],
): EventFilter {
  const filter = parseQuery(queryOf(c.env.incoming), target, otherKeys)
  // The number of a project that was merged is that of its own rows, as they were written.
  const directory: Directory = {
    version: roster.projectsVersion,
    projects: (ref) => roster.expandMerged([Number(ref)]),
  }
  return resolve(filter, directory, scopeOf(c.get('visitor')))
}
