import { kindOfName, type NameKind } from './secret-name'

/** How objects call the name of what they hold, and what they hold. */
const NAME_FIELDS = ['name', 'key', 'header', 'field', 'variable', 'option', 'Name', 'Key']
const VALUE_FIELDS = new Set(['value', 'val', 'content', 'stringValue', 'defaultValue', 'Value'])
/** What OTLP wraps the value of an attribute in. */
const OTLP_VALUE = /^(?:string|int|double|bytes|array|kvlist)Value$/
const SCHEMA_TYPES = /^(?:string|number|integer|boolean|object|array|null)$/
const CREDENTIAL_HEADER =
  /^(?:(?:proxy-)?authorization|(?:set-)?cookie2?|x-[a-z-]*(?:key|token|secret))$/i

type Fields = Readonly<Record<string, unknown>>

/** A name, and what it says about the value that belongs to it. */
export interface Naming {
  readonly name: string
  readonly kind: NameKind
}

export const NO_NAMING: Naming = { name: '', kind: 'none' }

export function namingOf(name: string): Naming {
  return { name, kind: kindOfName(name) }
}

/** What names each field of an object: its key, or what `{name: 'API_KEY', value: …}` says. */
export function namingsOf(fields: Fields): (key: string) => Naming {
  const named = NAME_FIELDS.map((field) => fields[field]).find((name) => typeof name === 'string')
  const naming = typeof named === 'string' ? namingOf(named) : NO_NAMING
  return (key) => (naming.kind !== 'none' && VALUE_FIELDS.has(key) ? naming : namingOf(key))
}

/**
 * What names an item of a list: the one before it, in `['--password', …]`, `['curl', '-u', …]`,
 * `['authorization', …]`, and in a list of two.
 */
export function namingOfItem(items: readonly unknown[], index: number): Naming {
  const [before, item] = [items[index - 1], items[index]]
  if (typeof before !== 'string' || before.length > 100) return NO_NAMING
  const naming = namingOf(before)
  if (naming.kind === 'none') return isUserOption(items, index) ? asSecret('user') : NO_NAMING
  if (/^--?[a-z]/i.test(before)) return isOption(item) ? NO_NAMING : asSecret(before)
  const isPair = items.length === 2 || CREDENTIAL_HEADER.test(before)
  return isPair && !isIdentifier(item) ? naming : NO_NAMING
}

function asSecret(name: string): Naming {
  return { name: name.replace(/^-+/, ''), kind: 'secret' }
}

function isOption(item: unknown): boolean {
  return typeof item === 'string' && item.startsWith('-')
}

function isUserOption(items: readonly unknown[], index: number): boolean {
  const [program, option, item] = [items[0], items[index - 1], items[index]]
  if (typeof program !== 'string' || typeof item !== 'string') return false
  if (/(?:^|\/)(?:curl|wget|https?)$/.test(program)) {
    return /^(?:-[a-zA-Z]{0,6}[uU]|--(?:proxy-)?user)$/.test(String(option)) && item.includes(':')
  }
  return /(?:^|\/)sshpass$/.test(program) && option === '-p'
}

/** Field names stand beside each other in lists too. */
function isIdentifier(item: unknown): boolean {
  return typeof item === 'string' && /^[A-Za-z][a-z]*(?:[A-Z_-][a-z]+)*$/.test(item)
}

/** `{stringValue: …}`, as OTLP has it: its shape has to stay. */
export function isOtlpValue(fields: Fields): boolean {
  const keys = Object.keys(fields)
  return keys.length === 1 && OTLP_VALUE.test(keys[0] ?? '')
}

/** Says what a field may hold: no value of it. */
export function isSchema({ type }: Fields): boolean {
  return typeof type === 'string' && SCHEMA_TYPES.test(type)
}
