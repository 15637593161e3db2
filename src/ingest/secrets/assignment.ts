import { endOf, matchAt, scan } from './scan'
import type { Secret } from './secret'
import { kindOfName, type NameKind } from './secret-name'
import { isLabel, isPlaceholder, isPlainWords, looksRandom } from './value'
import { type FoundValue, ValueReader } from './written-value'

const WORD = /pass|pwd|secret|token|key|auth|cookie|cred|jwt/gi
const NAME_CHARACTER = /[A-Za-z0-9_-]/
const NAME_REST = /[A-Za-z0-9_-]+/y
const MAX_NAME = 100

/** A name that may be one of a secret, and where it stands. */
interface Name {
  readonly text: string
  readonly start: number
  readonly end: number
  readonly kind: NameKind
}

/**
 * Values under names of secrets: `DB_PASS=…`, `"apiKey": "…"`, `--password …`, `<password>…`,
 * `name: API_KEY, value: …`, `["authorization", "…"]`, `login … password …`.
 */
export function findAssignments(text: string): Secret[] {
  const secrets: Secret[] = []
  const values = new ValueReader(text)
  let read = 0
  scan(text, WORD, (match) => {
    const name = nameAround(text, match.index, read)
    read = name.end
    if (name.kind === 'none') return read
    const value = valueBehind(text, name, values)
    if (value === null || !isSecretValue(value, name, text)) return read
    secrets.push({ start: value.start, end: value.end, name: labelOf(name) })
    return value.end
  })
  return secrets
}

/** The whole name that the word is part of. `from` is where the last one ended. */
function nameAround(text: string, at: number, from: number): Name {
  const floor = Math.max(from, at - MAX_NAME)
  let start = at
  while (start > floor && NAME_CHARACTER.test(text[start - 1] ?? '')) start--
  // The `n` of `\n` belongs to no name.
  if (text[start - 1] === '\\' && /[nrt]/.test(text[start] ?? '') && start < at) start++
  const end = endOf(text, NAME_REST, at)
  const name = text.slice(start, end)
  const kind = end - start > MAX_NAME ? 'none' : kindOfName(name)
  return { text: name, start, end, kind }
}

function labelOf({ kind, text }: Name): string {
  if (kind === 'password') return 'password'
  return /token/i.test(text) ? 'token' : /key/i.test(text) ? 'key' : 'credential'
}

const Q = String.raw`\\{0,8}["'\`]`
/** `=`, `:`, `=>`, `:=`; `==` compares. Only a quoted value may be on the next line. */
const SIGN = new RegExp(
  String.raw`(?:${Q})?\]?\??\s{0,3}(?::=|=>|:|={1,3})(?:\s{0,20}(?=${Q})|[ \t]{0,8})`,
  'y',
)
const VALUE_NAME = `(?:value|val|content|stringValue|string_value|defaultValue)`
/** From `name: DB_PASS` to its value: a comma, a blank or a new line, and the value's own name. */
const PAIR = new RegExp(
  String.raw`(?:${Q})?\s{0,3}(?:,|\s|\\n)\s{0,20}(?:${Q})?${VALUE_NAME}(?:${Q})?\s{0,3}[:=]\s{0,3}(?:\{\s{0,20}(?:${Q})?${VALUE_NAME}(?:${Q})?\s{0,3}:\s{0,3})?`,
  'y',
)
const NEXT_ITEM = new RegExp(String.raw`${Q}\s{0,3},\s{0,40}(?=${Q})`, 'y')
const COMPOUND = /\[[^[\]{}]{1,2000}\]|\{[^[\]{}]{1,2000}\}/y
const ELEMENT = />(?=[^<>\s]{1,500}<\/)/y
const BLANK = /[ \t](?=[^\s-])|\s?\\\r?\n\s{0,20}(?=[^\s-])/y
const LITERAL = /[ \t]{1,3}(?=')/y
const BLANKS = /\s{1,20}(?=\S)/y

/** The value that belongs to the name, however they are put together; null where there is none. */
function valueBehind(text: string, name: Name, values: ValueReader): FoundValue | null {
  const read = (between: RegExp, kind: FoundValue['between']) => {
    const found = matchAt(text, between, name.end)
    return found && values.read(name.end + found[0].length, kind)
  }
  const sign = matchAt(text, SIGN, name.end)
  if (sign !== null) {
    return compoundBehind(text, name, sign[0]) ?? valueBehindSign(text, name, sign[0], values)
  }
  const pair = matchAt(text, PAIR, name.end)
  if (pair !== null) return values.read(name.end + pair[0].length, 'pair')
  const item = matchAt(text, NEXT_ITEM, name.end)
  if (item !== null) return itemBehind(text, name, values.read(name.end + item[0].length, 'pair'))
  if (isElement(text, name)) return read(ELEMENT, 'element')
  if (isFlag(name)) return read(BLANK, 'flag')
  if (name.kind !== 'password') return null
  return read(LITERAL, 'pair') ?? (isOfNetrc(text, name.start) ? read(BLANKS, 'pair') : null)
}

/** In JSON a list or an object that lies below a password. */
function compoundBehind(text: string, { kind, end }: Name, sign: string): FoundValue | null {
  if (kind !== 'password' || !/^\\*"/.test(sign)) return null
  const start = end + sign.length
  const found = matchAt(text, COMPOUND, start)?.[0]
  if (found === undefined || /"type\\{0,8}"\s{0,5}:/.test(found)) return null
  return { text: found, start, end: start + found.length, isQuoted: true, between: 'pair' }
}

function valueBehindSign(
  text: string,
  name: Name,
  sign: string,
  values: ValueReader,
): FoundValue | null {
  const value = values.read(
    name.end + sign.length,
    sign === '=' || isFlag(name) ? 'tight' : 'loose',
  )
  const isComparison = /(?:={2,3}|=>)\s*$/.test(sign)
  if (value === null || (isComparison && !value.isQuoted)) return null
  return isBetweenTexts(text, name, sign, value) ? null : value
}

/** `ask('Password: ', 'x')` and `isNew ? 'password' : 'off'`: the name is a text's end, and of no value. */
function isBetweenTexts(text: string, { start }: Name, sign: string, value: FoundValue): boolean {
  if (!value.isQuoted) return false
  const isClosed = /^\\{0,8}["'`]/.test(sign)
  if (!isClosed) {
    return text[start - 1] === text[value.start - 1] && /^\s{0,3}[,;:)\]}+?]/.test(value.text)
  }
  return /\?\s{0,5}\\{0,8}["'`][\w -]{0,40}$/.test(text.slice(Math.max(0, start - 60), start))
}

/** `["authorization", "…"]`, `("password", "…")` and `"--password", "…"`; in a list of names the next one is no value. */
function itemBehind(text: string, name: Name, value: FoundValue | null): FoundValue | null {
  if (value === null || isFlag(name)) return value?.text.startsWith('-') ? null : value
  // Behind a name a bracket is of a call.
  const isPairOfTwo = /(?:\[|(?<![\w\])])\()\s{0,40}\\{0,8}["'`]$/.test(
    text.slice(Math.max(0, name.start - 50), name.start),
  )
  return isPairOfTwo && !isPlainWord(value.text) ? value : null
}

function isPlainWord(value: string): boolean {
  return !/\s/.test(value) && isPlainWords(value)
}

function isElement(text: string, { start }: Name): boolean {
  return text[start - 1] === '<' || text[start - 1] === ':'
}

function isFlag({ text }: Name): boolean {
  return /^--?[A-Za-z]/.test(text)
}

/** `machine example.org login ada password …` and `default login ada password …`, as in netrc. */
function isOfNetrc(text: string, start: number): boolean {
  const before = text
    .slice(Math.max(0, start - 200), start)
    .trimEnd()
    .split(/[\s"'`]+/)
  return before.at(-4) === 'machine' || before.at(-3) === 'default' || before.at(-2) === 'machine'
}

const REFERENCE_HEAD =
  /^(?:process|os|env|self|this|config|settings|options|opts|args|req|request|props|params|data|input|form|body|secrets|vars|var|local|module|ctx|z|t|schema|types?|sa|db|models?|import)\./

const CODE_WORD =
  /^(?:z|await|new|return|self|this|function|async|lambda|typeof|import|required|optional|default|readonly|private)$/

function isSecretValue(value: FoundValue, name: Name, text: string): boolean {
  const said = value.text
  if (said === '' || isPlaceholder(said)) return false
  const isOption = isFlag(name) && (value.between === 'tight' || value.between === 'pair')
  if (name.kind === 'perhaps' && !isOption) return looksRandom(said)
  if (/pwd$/i.test(name.text) && /^(?:\/|~|[A-Za-z]:\\)/.test(said)) return false
  if (value.isQuoted) return !isLabel(said)
  // Without quotes it may be a scheme or a sentence: `findHeaders` tells.
  if (/(?:authorization|cookie)$/i.test(name.text)) return false
  if (said.length < minLengthOf(value, name) || isWrittenCode(value, text)) return false
  if (isWordOfCode(said.replace(/[,;]$/, ''), name)) return false
  return value.between !== 'flag' || !isPartOfSentence(said)
}

/** What is short and not in quotes is more often code or a word than a secret. */
function minLengthOf({ between }: FoundValue, { text }: Name): number {
  if (between === 'loose') return 6
  return between === 'pair' || (between === 'tight' && text === text.toUpperCase()) ? 1 : 3
}

/** `password = hashOf(input)`, `apiKey: config.apiKey`: code that gets a secret from elsewhere. */
function isWrittenCode({ text: said, end, between }: FoundValue, text: string): boolean {
  if (CODE_WORD.test(said)) return true
  if (/[([]/.test(text[end] ?? '') || REFERENCE_HEAD.test(said)) return true
  const isName = /^[A-Za-z_][A-Za-z_.]*$/.test(said) && /[a-z][A-Z]|[a-z][._]/.test(said)
  return between === 'loose' && isName && /pass|pwd|secret|token|key|cred|auth|user/i.test(said)
}

/** `password=None,` in a list of arguments, `passwords: Passwords` and `key: PRIVATE_KEY_TYPES`. */
function isWordOfCode(said: string, { text: name }: Name): boolean {
  if (isPlaceholder(said)) return true
  if (/s$/i.test(said) && said.toLowerCase() === name.toLowerCase()) return true
  return /^_?[A-Z]+(?:_[A-Z]+)+$/.test(said) && /PASS|SECRET|TOKEN|KEY|CRED|AUTH/.test(said)
}

function isPartOfSentence(said: string): boolean {
  return (
    /^[A-Z][A-Z_]+$/.test(said) ||
    /^(?:flags?|options?|and|or|with|without|from|when|must|may|can|is|was|are|to|for|in|on|of|the|a|an|arguments?|parameters?|instead|files?|stdin|values?|if|it|that|has|as|by|at|not|will|should|password|token|secret)[.,:;]?$/i.test(
      said,
    )
  )
}
