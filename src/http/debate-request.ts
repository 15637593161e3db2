import type { Context } from 'hono'
import { scopeOf } from '../access/visitor'
import type { DebateContext } from '../debates/change'
import { debateNotFound } from '../debates/errors'
import { type FoundDebate, findDebate } from '../debates/read'
import { BadInput } from '../errors/app-error'
import { requireOnce } from '../filter/known-keys'
import { parseUuid } from '../log/uuid'
import type { Env } from './env'
import { queryOf } from './event-query'
import type { Services } from './services'

/** The debate of the address, and the visitor that acts in it. Throws NotFound. */
export function debateContext(c: Context<Env>): DebateContext {
  const text = c.req.param('debateId') ?? ''
  const debateId = parseUuid(text)
  if (debateId === null) throw debateNotFound(text.slice(0, 100))
  const visitor = c.get('visitor')
  return { debateId, scope: scopeOf(visitor), actor: visitor.actor }
}

/** The debate of the address as it is now. Throws NotFound. */
export async function requireDebate(
  c: Context<Env>,
  { db }: Pick<Services, 'db'>,
): Promise<FoundDebate> {
  const { debateId, scope } = debateContext(c)
  const found = await findDebate(db, debateId, scope)
  if (!found) throw debateNotFound(debateId)
  return found
}

/** The query, in which nothing but `keys` may be, and each once. Throws BadInput. */
export function queryWith(c: Context<Env>, keys: readonly string[]): URLSearchParams {
  const query = queryOf(c.env.incoming)
  requireOnce(query, keys)
  return query
}

/** A value of a query that has to be one of `allowed`; undefined where the key is absent. */
export function choiceIn<T extends string>(
  query: URLSearchParams,
  key: string,
  allowed: readonly T[],
): T | undefined {
  const given = query.get(key)
  if (given === null) return undefined
  const found = allowed.find((value) => value === given)
  if (found === undefined) throw new BadInput(key, `${key} has to be one of ${allowed.join(', ')}`)
  return found
}
