import { z } from 'zod'
import { BadInput } from '../errors/app-error'

/** The form of a type of event, in reports and in filters. */
export const EVENT_TYPE = /^[a-z][a-z0-9_.-]{0,63}$/
const SLUG = /^[a-z0-9][a-z0-9-]{0,99}$/
const ID = /^[1-9]\d{0,15}$/

/** Whether the text can be a project's short name, as it stands in an address. */
export function isSlug(text: string): boolean {
  return SLUG.test(text)
}

/** A positive whole number below 2^53, or null. */
export function parseId(text: string): number | null {
  return ID.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : null
}

export const slug = z.string().regex(SLUG)
export const eventType = z.string().regex(EVENT_TYPE)
export const id = z.int().positive()
export const idText = z.string().regex(ID).transform(Number).pipe(id)

const MAX_TEXT = 200
const TIME = /^([12]\d{3}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+ -]\d\d:\d\d)?)?$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: the database takes no NUL, and a search needs none of the others.
const CONTROL = /[\u0000-\u001f\u007f]/

/** Words to look for, as they were typed. Throws BadInput. */
export function parseWords(key: string, text: string): string {
  if (text.length > MAX_TEXT) throw new BadInput(key, `${key}: at most ${MAX_TEXT} characters`)
  if (CONTROL.test(text) || !/[\p{L}\p{N}]/u.test(text)) {
    throw new BadInput(key, `${key}: there is no word in it to look for`)
  }
  return text.replace(/\s+/g, ' ')
}

/** Without an offset a time is in UTC: the server cannot know where the browser is. Throws BadInput. */
export function parseTime(key: string, text: string): Date {
  const [whole, day = '', time = '00:00', offset = 'Z'] = TIME.exec(text) ?? []
  const at = new Date(`${day}T${time}${offset.replace(' ', '+')}`)
  const exists = whole !== undefined && Number.isFinite(at.getTime()) && isDay(day)
  if (exists) return at
  const expected = 'a time like 2026-11-21T14:30 (UTC) or 2026-11-21T14:30+01:00'
  throw new BadInput(key, `${key}: “${text.slice(0, 80)}” is not ${expected}`)
}

/** JavaScript takes 31 February for 3 March. */
function isDay(day: string): boolean {
  const at = new Date(`${day}T00:00:00Z`)
  return Number.isFinite(at.getTime()) && at.toISOString().startsWith(day)
}
