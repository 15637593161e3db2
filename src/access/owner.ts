import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { personCookie } from './owner-cookie'
import type { Visitor } from './visitor'

/**
 * The owner of saved views: the account or the token; where there are no logins, the browser.
 * Null: none. The cookie itself is stored nowhere.
 */
export function ownerOf(visitor: Visitor, incoming: IncomingMessage): string | null {
  if (visitor.kind === 'anybody') return null
  if (visitor.kind !== 'local') return `actor:${visitor.actor}`
  const cookie = personCookie(incoming)
  return cookie && `person:${createHash('sha256').update(cookie).digest('base64url')}`
}
