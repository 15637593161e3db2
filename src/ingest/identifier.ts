import { createHash } from 'node:crypto'
import { cleanString } from './clean-string'

const MAX_LENGTH = 200

/** An id that can be a key of the database: cleaned, and hashed where it is too long for one. */
export function toIdentifier(text: string): string {
  if (text.length <= MAX_LENGTH) return cleanString(text, MAX_LENGTH * 3)
  return `sha256-${createHash('sha256').update(text).digest('hex')}`
}
