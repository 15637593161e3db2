import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { personCookie } from './owner-cookie'
import type { Visitor } from './visitor'

/**
 * Under whom things are kept that are somebody's own: the account or the token; at a machine where
 * nobody logs in, the browser. Null: nobody in particular. The cookie itself is stored nowhere.
 */
export function ownerOf(visitor: Visitor, incoming: IncomingMessage): string | null {
  if (visitor.kind === 'anybody') return null
  if (visitor.kind !== 'local') return `actor:${visitor.actor}`
  const cookie = personCookie(incoming)
  return cookie && `person:${createHash('sha256').update(cookie).digest('base64url')}`
}
