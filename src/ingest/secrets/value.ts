const REFERENCE =
  /^(?:\$[A-Za-z_{(]|\$\$?$|\{\{|\{[\w.]+\}$|<[^<>]*>?$|%[({]|%[A-Za-z]\w*%?$|\[redacted:|[*.•…_-]+$|[xX]{3,}$)/
const TYPE_WORD =
  /^(?:string|str|text|number|int|integer|float|bool|boolean|null|nil|none|undefined|true|false|object|array|any|unknown|void|never|function|symbol|bigint|bytes|varchar|redacted|masked|removed)\??$/i
const DUMMY =
  /your|example|placeholder|dummy|sample|fake|xxxx|insert|replace|change[-_]?me|todo|lorem/i

/** Nothing that could be used: a reference to a secret, its type, or signs in its place. */
export function isPlaceholder(value: string): boolean {
  const bare = value.replace(/^(?:bearer|basic|token)\s{1,5}/i, '')
  return REFERENCE.test(bare) || TYPE_WORD.test(bare)
}

/** Short words in small letters, or with a capital, with `-`, `_`, `.`, `/` or blanks between them. */
export function isPlainWords(value: string): boolean {
  if (value.length > 400) return false
  return value.split(/[-_. /]/).every((word) => /^(?:[A-Za-z][a-z]{0,14})?$/.test(word))
}

/** What is written at a field, like `Your password`, and not into it. */
export function isLabel(value: string): boolean {
  if (/\d/.test(value) || value.length > 400) return false
  const namesItself = /passw|passphrase|secret|token|\bkey\b|credential|passcode/i.test(value)
  return namesItself && (/\s/.test(value) || /^[A-Z][a-z]+$/.test(value))
}

const MIN_RANDOM = 16
const MIN_BITS = 3

/** Whether it looks like a key that a machine has made: long, of letters and digits, without order. */
export function looksRandom(value: string): boolean {
  if (value.length < MIN_RANDOM || value.length > 10_000) return false
  const start = value.slice(0, 200)
  if (!/^[\w+/=.~:%|-]+$/.test(start) || DUMMY.test(start) || isPath(start)) return false
  const digits = start.match(/\d/g)?.length ?? 0
  const letters = start.match(/[A-Za-z]/g)?.length ?? 0
  return digits >= 2 && letters >= 3 && bitsPerCharacter(start) >= MIN_BITS
}

function isPath(value: string): boolean {
  return /^(?:~|\.{1,2})?\/[\w.-]*[/.]/.test(value) || /:\/\//.test(value) || isDate(value)
}

function isDate(value: string): boolean {
  return /^\d{4}-\d\d-\d\d(?:T|$)/.test(value)
}

/** Shannon's entropy: how many bits each character tells. */
function bitsPerCharacter(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values())
    bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}
