import { BadInput } from '../errors/app-error'

const MAX_TEXT = 200
// biome-ignore lint/suspicious/noControlCharactersInRegex: the database takes no NUL, and no name has the others.
const CONTROL = /[\u0000-\u001f\u007f]/

/** A part of a name to look for, which may be empty. Throws BadInput. */
export function parseName(given: string): string {
  const text = given.trim()
  if (text.length > MAX_TEXT) throw new BadInput('q', `q: at most ${MAX_TEXT} characters`)
  if (CONTROL.test(text)) throw new BadInput('q', 'q: no name has such characters')
  return text
}
