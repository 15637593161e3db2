import { BadInput } from '../errors/app-error'
import { parseId } from './values'

/** Where in the log a page that looks back begins: the newest rows below, or the next ones above. */
export type Place = { readonly before: number } | { readonly after: number }

/** `before` or `after` of a query: the id of a row; null for the newest. Throws BadInput. */
export function parsePlace(query: URLSearchParams): Place | null {
  const before = parseRow(query, 'before')
  const after = parseRow(query, 'after')
  if (before !== null && after !== null) {
    throw new BadInput('after', 'after: only one of before and after may be given')
  }
  if (before !== null) return { before }
  return after === null ? null : { after }
}

function parseRow(query: URLSearchParams, key: string): number | null {
  if (query.getAll(key).length > 1) throw new BadInput(key, `${key}: may be given once only`)
  const text = (query.get(key) ?? '').trim()
  if (text === '') return null
  const id = parseId(text)
  if (id === null) throw new BadInput(key, `${key}: “${text.slice(0, 80)}” is no event’s number`)
  return id
}
