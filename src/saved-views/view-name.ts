import { BadInput } from '../errors/app-error'

export const MAX_NAME = 50

/** A name as it is kept: trimmed, of 1 to 50 characters on one line. Throws BadInput. */
export function parseViewName(given: unknown): string {
  const name = typeof given === 'string' ? given.trim() : ''
  const length = [...name].length
  // Control characters, and halves of characters, which no database keeps.
  if (length < 1 || length > MAX_NAME || /[\p{Cc}\p{Cs}]/u.test(name)) {
    throw new BadInput('name', `name has to be a line of 1 to ${MAX_NAME} characters`)
  }
  return name
}
