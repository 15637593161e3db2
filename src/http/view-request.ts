import type { Context } from 'hono'
import { ownerOf } from '../access/owner'
import { NotFound, Unauthorized } from '../errors/app-error'
import type { SavedView } from '../saved-views/saved-views'
import type { Env } from './env'
import { MISSING_IDENTITY } from './v2-error'

export const NO_VIEW = 'Configuration not found'

/** The owner of the views that the visitor asks for. Throws Unauthorized where there is none. */
export function requireOwner(c: Context<Env>): string {
  const owner = ownerOf(c.get('visitor'), c.env.incoming)
  if (owner === null) throw new Unauthorized(MISSING_IDENTITY)
  return owner
}

export function idOf(c: Context<Env>): string {
  return (c.req.param('id') ?? '').toLowerCase()
}

/** Throws NotFound, in the same words for a view that is not there and for one that is another's. */
export function found(view: SavedView | null): SavedView {
  if (!view) throw new NotFound(NO_VIEW)
  return view
}
