import { BadInput } from '../errors/app-error'
import type { ListField, Scalar, Source } from './field'
import { EVERYTHING, type Filter, LISTS, type ListName, SINGLES, sorted, valuesOf } from './filter'
import { requireKnown, requireOnce } from './known-keys'

const MAX_PAGE_VALUES = 50
const MAX_API_VALUES = 100

/** What is narrowed: boards and streams, or the log, which can also be searched by words and times. */
export type Target = 'rows' | 'log'

/** The keys of a page's address that narrow it. */
export function pageKeys(target: Target): string[] {
  const lists = sourcesOf('page').map(({ source }) => source.key)
  return target === 'log' ? [...lists, ...SINGLES.map(([, { key }]) => key)] : lists
}

/**
 * Reads the address of a page or a form's fields, each list's key as often as wanted. Empty values are
 * what an untouched form field sends, and mean "all". Throws BadInput for what can select nothing.
 */
export function parseFilter(query: URLSearchParams, target: Target = 'rows'): Filter {
  const lists = sourcesOf('page').map(({ name, source }) => {
    const { key, expected } = source
    const texts = query
      .getAll(key)
      .map((text) => text.trim())
      .filter((text) => text !== '')
    if (texts.length > MAX_PAGE_VALUES) {
      throw new BadInput(key, `${key}: at most ${MAX_PAGE_VALUES} values`)
    }
    const refuse = (text: string) =>
      new BadInput(key, `${key}: “${text.slice(0, 80)}” is not ${expected}`)
    return [name, readAll(texts, source, refuse)] as const
  })
  return filterOf(lists, target === 'log' ? parseSingles(query) : [])
}

/** The canonical query of a filter, without the question mark: equal filters give equal text. */
export function printFilter(filter: Filter): string {
  const query = new URLSearchParams()
  for (const { name, source } of sourcesOf('page')) {
    for (const value of sorted(valuesOf(filter, name))) query.append(source.key, String(value))
  }
  for (const [name, { key, print }] of SINGLES) {
    const value = filter[name]
    if (value !== null) query.append(key, print(value))
  }
  return query.toString()
}

/**
 * Reads the query of a program. Throws BadInput for an unknown key, an empty value or one that does
 * not parse: a filter that is not understood must never mean "everything".
 */
export function parseQuery(
  query: URLSearchParams,
  target: Target,
  otherKeys: readonly string[],
): Filter {
  const sources = sourcesOf('api')
  const singles = target === 'log' ? SINGLES.map(([, { key }]) => key) : []
  const known = [...sources.map(({ source }) => source.key), ...otherKeys, ...singles]
  requireOnce(query, known)
  const lists = sources.map(({ name, source }) => [name, parseCommaList(query, source)] as const)
  for (const key of singles) {
    if (query.get(key)?.trim() === '') throw new BadInput(key, `${key} is empty`)
  }
  return filterOf(lists, target === 'log' ? parseSingles(query) : [])
}

/** Reads the filter of a saved view as a program sends it. Throws BadInput. */
export function parseSaved(given: unknown): Filter {
  if (given === undefined) return EVERYTHING
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new BadInput('filters', 'filters has to be an object')
  }
  const sources = sourcesOf('json')
  const known = sources.map(({ source }) => source.key)
  requireKnown(Object.keys(given), known, { prefix: 'filters.', listsKnown: true })
  const values = given as Readonly<Record<string, unknown>>
  return filterOf(
    sources.map(({ name, source }) => [name, parseJsonList(values[source.key], source)] as const),
    [],
  )
}

/** Only for what `printSaved` has made: fields that were not there at that time select all. */
export function readSaved(stored: unknown): Filter {
  const values = stored as Readonly<Record<string, readonly Scalar[]>>
  return filterOf(
    sourcesOf('json').map(({ name, source }) => [name, values[source.key] ?? []] as const),
    [],
  )
}

/** A filter as a saved view keeps and shows it; its names are ids. */
export function printSaved(filter: Filter): Readonly<Record<string, readonly Scalar[]>> {
  const lists = sourcesOf('json').map(({ name, source }) => [source.key, valuesOf(filter, name)])
  return Object.fromEntries(lists)
}

function parseCommaList(query: URLSearchParams, source: Source<Scalar>): Scalar[] {
  const { key, expected } = source
  const given = query.get(key)
  if (given === null) return []
  const parts = given.split(',')
  if (parts.length > MAX_API_VALUES) {
    throw new BadInput(key, `${key} may have at most ${MAX_API_VALUES} values`)
  }
  const refuse = () =>
    new BadInput(key, `${key} has to be ${expected}, not “${given.slice(0, 100)}”`)
  return readAll(
    parts.map((part) => part.trim()),
    source,
    refuse,
  )
}

function parseJsonList(given: unknown, source: Source<Scalar>): Scalar[] {
  if (given === undefined) return []
  const field = `filters.${source.key}`
  const refuse = () => new BadInput(field, `${field} has to be a list of ${source.expected}`)
  if (!Array.isArray(given)) throw refuse()
  if (given.length > MAX_PAGE_VALUES) {
    throw new BadInput(field, `${field} may have at most ${MAX_PAGE_VALUES} values`)
  }
  return readAll(given, source, refuse)
}

function readAll<Given>(
  given: readonly Given[],
  { value }: Source<Scalar>,
  refuse: (given: Given) => BadInput,
): Scalar[] {
  const values = given.map((one) => {
    const read = value.safeParse(one)
    if (!read.success) throw refuse(one)
    return read.data
  })
  return sorted(values)
}

/** Words and times; empty ones are what an untouched form field sends. */
function parseSingles(query: URLSearchParams): [string, unknown][] {
  const singles = SINGLES.map(([name, { key, parse }]): [string, unknown] => {
    if (query.getAll(key).length > 1) throw new BadInput(key, `${key}: may be given once only`)
    const text = (query.get(key) ?? '').trim()
    return [name, text === '' ? null : parse(key, text)]
  })
  const { since, until } = filterOf([], singles)
  if (since && until && since > until) {
    throw new BadInput('until', 'until: this is before the time that since names')
  }
  return singles
}

function filterOf(
  lists: readonly (readonly [ListName, readonly Scalar[]])[],
  singles: readonly (readonly [string, unknown])[],
): Filter {
  return { ...EVERYTHING, ...Object.fromEntries([...lists, ...singles]) }
}

/** The lists that a kind of query knows, in its order. */
function sourcesOf(kind: 'page' | 'api' | 'json') {
  const known = LISTS.flatMap(([name, field]) => {
    const source: Source<Scalar> | null = field[kind]
    return source ? [{ name, field, source }] : []
  })
  if (kind === 'page') return known
  const isFirst = ({ field }: { field: ListField }) => field.isFirst
  return [...known.filter(isFirst), ...known.filter((one) => !isFirst(one))]
}
