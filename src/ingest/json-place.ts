const TOKEN = /[[\]{},:"]|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y
const SPACE = /[ \t\n\r]*/y

/** What may come next: a value, a value or the end of an empty list, and so on. */
type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or end' | 'nothing'

/**
 * Where a text stops being JSON, as an index into it; its length if it only breaks off. Node's
 * messages name the place of some mistakes only.
 */
export function findJsonFault(text: string): number {
  const open: ('[' | '{')[] = []
  let expected: Expected = 'value'
  let index = 0
  for (;;) {
    index = skip(text, index)
    if (index === text.length) return index
    const token = tokenAt(text, index)
    if (token === null) return index
    const next: Expected | null = after(token, expected, open)
    if (next === null) return index
    expected = next
    index += token.length
    if (token !== '"') continue
    index = stringEnd(text, index)
    if (text[index] !== '"') return index
    index++
  }
}

function after(token: string, expected: Expected, open: ('[' | '{')[]): Expected | null {
  const done = (): Expected => (open.length > 0 ? ', or end' : 'nothing')
  if (token === ']' || token === '}') {
    const isEmpty = expected === (token === ']' ? 'value or ]' : 'key or }')
    if (!isEmpty && expected !== ', or end') return null
    return open.pop() === (token === ']' ? '[' : '{') ? done() : null
  }
  if (token === ',') {
    if (expected !== ', or end') return null
    return open.at(-1) === '[' ? 'value' : 'key'
  }
  if (token === ':') return expected === ':' ? 'value' : null
  if (expected === 'key' || expected === 'key or }') return token === '"' ? ':' : null
  if (expected !== 'value' && expected !== 'value or ]') return null
  if (token !== '[' && token !== '{') return done()
  open.push(token)
  return token === '[' ? 'value or ]' : 'key or }'
}

function skip(text: string, index: number): number {
  SPACE.lastIndex = index
  SPACE.test(text)
  return SPACE.lastIndex
}

function tokenAt(text: string, index: number): string | null {
  TOKEN.lastIndex = index
  return TOKEN.exec(text)?.[0] ?? null
}

/** The index of the closing quote, or of what may not be in a string. Strings can be very long. */
function stringEnd(text: string, from: number): number {
  let index = from
  while (index < text.length && text[index] !== '"' && text.charCodeAt(index) >= 0x20) {
    ESCAPE.lastIndex = index
    if (text[index] !== '\\') index++
    else if (ESCAPE.test(text)) index = ESCAPE.lastIndex
    else return index
  }
  return index
}
