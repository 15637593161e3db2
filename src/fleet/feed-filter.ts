import { BadInput } from '../log/bad-input'
import type { PageFilter } from './board'
import { FILTER_KEYS, formatPageFilter, parseId, parsePageFilter } from './page-filter'

/** What the page of all events is narrowed to. */
export interface FeedFilter extends PageFilter {
  /** Words to look for, as they were typed. */
  readonly text?: string | null
  /** Stored at this time or later, and at this time or earlier. */
  readonly since?: Date | null
  readonly until?: Date | null
}

/** Where in the log a page that looks back begins: the newest rows below, or the next ones above. */
export type Place = { readonly before: number } | { readonly after: number }

export const FEED_KEYS: readonly string[] = [...FILTER_KEYS, 'q', 'since', 'until']

const MAX_TEXT = 200
const TIME = /^([12]\d{3}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+ -]\d\d:\d\d)?)?$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: the database takes no NUL, and nobody looks for the others.
const CONTROL = /[\u0000-\u001f\u007f]/

/** Reads a page's filter and `q`, `since` and `until`. Throws BadInput for what can select nothing. */
export function parseFeedFilter(query: URLSearchParams): FeedFilter {
  return { ...parsePageFilter(query), ...parseSearch(query) }
}

/** Words and times of a query; empty ones are what an untouched form field sends. */
export function parseSearch(query: URLSearchParams) {
  const text = parseText(single(query, 'q'))
  const since = parseTime('since', single(query, 'since'))
  const until = parseTime('until', single(query, 'until'))
  if (since && until && since > until) {
    throw new BadInput('until', 'until: this is before the time that since names')
  }
  return { text, since, until }
}

/** The canonical query of a filter, without the question mark: equal filters give equal text. */
export function formatFeedFilter(filter: FeedFilter): string {
  const query = new URLSearchParams(formatPageFilter(filter))
  if (filter.text) query.append('q', filter.text)
  if (filter.since) query.append('since', filter.since.toISOString())
  if (filter.until) query.append('until', filter.until.toISOString())
  return query.toString()
}

/** `before` or `after` of a query: the id of a row; null for the newest. Throws BadInput. */
export function parsePlace(query: URLSearchParams): Place | null {
  const before = parseRow('before', single(query, 'before'))
  const after = parseRow('after', single(query, 'after'))
  if (before !== null && after !== null) {
    throw new BadInput('after', 'after: only one of before and after may be given')
  }
  if (before !== null) return { before }
  return after === null ? null : { after }
}

function single(query: URLSearchParams, key: string): string {
  if (query.getAll(key).length > 1) throw new BadInput(key, `${key}: may be given once only`)
  return (query.get(key) ?? '').trim()
}

function parseText(text: string): string | null {
  if (text === '') return null
  if (text.length > MAX_TEXT) throw new BadInput('q', `q: at most ${MAX_TEXT} characters`)
  if (CONTROL.test(text) || !/[\p{L}\p{N}]/u.test(text)) {
    throw new BadInput('q', 'q: there is no word in it to look for')
  }
  return text.replace(/\s+/g, ' ')
}

/** Without an offset a time is in UTC: the server cannot know where the browser is. */
function parseTime(key: string, text: string): Date | null {
  if (text === '') return null
  const [whole, day = '', time = '00:00', offset = 'Z'] = TIME.exec(text) ?? []
  const at = new Date(`${day}T${time}${offset.replace(' ', '+')}`)
  const exists = whole !== undefined && Number.isFinite(at.getTime()) && isDay(day)
  if (exists) return at
  const expected = 'a time like 2026-11-21T14:30 (UTC) or 2026-11-21T14:30+01:00'
  throw new BadInput(key, `${key}: “${text.slice(0, 80)}” is not ${expected}`)
}

/** There is a 31 February to those who only count to 31. */
function isDay(day: string): boolean {
  const at = new Date(`${day}T00:00:00Z`)
  return Number.isFinite(at.getTime()) && at.toISOString().startsWith(day)
}

function parseRow(key: string, text: string): number | null {
  if (text === '') return null
  const id = parseId(text)
  if (id === null) throw new BadInput(key, `${key}: “${text.slice(0, 80)}” is no event’s number`)
  return id
}
