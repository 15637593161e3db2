import type { Context } from 'hono'
import type { Env } from './env'

export const MISSING_IDENTITY = 'Missing user identification'

/** Clients of `/api/v2` expect what is wrong in `detail`. */
export function isOfV2({ req }: Context<Env>): boolean {
  return req.path.startsWith('/api/v2/')
}

/** Refuses a request for private views in the same words to every unknown visitor. */
export function v2Body(
  { req }: Context<Env>,
  fault: { status: number; message: string; field?: string | null; id?: string },
): { detail: string; field?: string; id?: string } {
  const { status, message, field, id } = fault
  const isOwn = req.path.startsWith('/api/v2/configurations')
  const detail = status === 401 && isOwn ? MISSING_IDENTITY : message
  return { detail, ...(field && { field }), ...(id && { id }) }
}
