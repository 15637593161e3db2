import { BadInput } from '../errors/app-error'

const MAX_NAME = 100

interface Wording {
  /** What a key is part of, with its dot. */
  readonly prefix?: string
  /** Whether the refusal names the known keys. */
  readonly listsKnown?: boolean
}

/** Throws BadInput for a key that is not known: what is not understood must never mean "all". */
export function requireKnown(
  keys: Iterable<string>,
  known: readonly string[],
  { prefix = '', listsKnown = false }: Wording = {},
): void {
  for (const key of keys) {
    if (known.includes(key)) continue
    const name = `${prefix}${key.slice(0, MAX_NAME)}`
    const hint = listsKnown ? `; known are ${known.join(', ')}` : ''
    throw new BadInput(name, `${name} is unknown${hint}`)
  }
}

/** The same of a query in which each key may be once. */
export function requireOnce(query: URLSearchParams, known: readonly string[]): void {
  for (const key of query.keys()) {
    requireKnown([key], known, { listsKnown: true })
    if (query.getAll(key).length > 1) throw new BadInput(key, `${key} may be given once only`)
  }
}
