import { endOf, matchAt, scan } from './scan'
import type { Finder, Secret } from './secret'

/** JSON within JSON has more backslashes. */
const ESCAPE = /\\{1,8}(?:u00([2-7][0-9a-fA-F])|([nrt/"']))/g
const SIGNS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

/**
 * What the finder finds in a text once JSON's escapes, like `\u0067`, `\"` and `\n`, are read as what they stand for. It
 * answers places of the text as it is.
 */
export function findEscaped(text: string, find: Finder): Secret[] {
  /** Where each of the signs ends in the plain text, and by how much less than in the text. */
  const ends: number[] = []
  const lost: number[] = []
  // Written to one buffer: pieces of a long text would keep the collector of garbage busy.
  const plainBytes = Buffer.allocUnsafe(text.length * 2)
  let length = 0
  let copied = 0
  const copy = (to: number) => {
    length += plainBytes.write(text.slice(copied, to), length, 'utf16le')
  }
  ESCAPE.lastIndex = 0
  for (let found = ESCAPE.exec(text); found !== null; found = ESCAPE.exec(text)) {
    const [written, code, sign = ''] = found
    copy(found.index)
    copied = found.index + written.length
    const plainSign = code ? String.fromCharCode(Number.parseInt(code, 16)) : (SIGNS[sign] ?? sign)
    length += plainBytes.write(plainSign, length, 'utf16le')
    ends.push(length / 2)
    lost.push(copied - length / 2)
  }
  if (ends.length === 0) return []
  copy(text.length)
  const plain = plainBytes.toString('utf16le', 0, length)
  const place = (at: number) => at + (lost[lastAtMost(ends, at)] ?? 0)
  return find(plain).map((secret) => ({
    ...secret,
    start: place(secret.start),
    end: place(secret.end),
  }))
}

/** The index of the last of the ascending numbers that is not above the limit; -1 if none is. */
function lastAtMost(ascending: readonly number[], limit: number): number {
  let low = -1
  let high = ascending.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((ascending[middle] ?? 0) <= limit) low = middle
    else high = middle - 1
  }
  return low
}

// Not `{20,}`: V8 remembers a place for each turn of that, and throws a RangeError after some millions.
const RUN = /(?<![\w+/-])[\w+/-]{20}[\w+/-]*/g
/** Every second sign of a text's base64 is one; paths and names seldom have any. */
const CAPITAL = /[A-Z]/
/** Lines of one text may be broken after 60 characters or more, as `base64` and PEM do it. */
const MIN_LINE = 60
const NEXT_LINE = /(?:\r?\n|(?:\\r)?\\n)[ \t]{0,40}([A-Za-z0-9+/]+)/y
const PADDING = /={1,2}/y
const BREAK = /\s+|(?:\\r)?\\n/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what tells bytes from text
const NO_TEXT = /[\0-\x08\x0b\x0c\x0e-\x1f\uFFFD]/

/** Base64 of texts in which the finder finds something, with either alphabet; each as a whole. */
export function findBase64(text: string, find: Finder): Secret[] {
  const secrets: Secret[] = []
  scan(text, RUN, ({ 0: run, index }) => {
    if (!CAPITAL.test(run)) return index
    // The `n` of `\n` is not of it.
    const start = text[index - 1] === '\\' && /^[nrt]/.test(run) ? index + 1 : index
    const end = endOfLines(text, start, index + run.length)
    for (const { part, at } of partsOf(text.slice(start, end))) {
      const decoded = decode(part)
      const [first] = decoded === null ? [] : find(decoded)
      if (!first) continue
      const name = `${first.name} in base64`
      secrets.push({ start: start + at, end: start + at + part.length, name })
    }
    return end
  })
  return secrets
}

function endOfLines(text: string, start: number, firstEnd: number): number {
  let end = firstEnd
  for (let lineStart = start; end - lineStart >= MIN_LINE; ) {
    const next = matchAt(text, NEXT_LINE, end)
    if (next === null) break
    end += next[0].length
    lineStart = end - (next[1]?.length ?? 0)
  }
  return endOf(text, PADDING, end)
}

const ALPHABETS = [
  /[A-Za-z0-9+/\s\\=]{20}[A-Za-z0-9+/\s\\=]*/g,
  /[A-Za-z0-9_=-]{20}[A-Za-z0-9_=-]*/g,
]

/** A path between other things may hold signs of both alphabets: then each is tried for itself. */
function partsOf(run: string): { part: string; at: number }[] {
  if (!isMixed(run)) return [{ part: run, at: 0 }]
  return ALPHABETS.flatMap((alphabet) =>
    [...run.matchAll(alphabet)].map(({ 0: part, index }) => ({ part, at: index })),
  )
}

function isMixed(run: string): boolean {
  return /[-_]/.test(run) && /[+/]/.test(run)
}

/** The text that it stands for; null where that is no text. */
function decode(part: string): string | null {
  if (!beginsWithText(part)) return null
  const decoded = Buffer.from(part.replace(BREAK, ''), 'base64').toString('utf8')
  return NO_TEXT.test(decoded) ? null : decoded
}

const SEXTETS = new Uint8Array(128)
for (const alphabet of ['+/', '-_']) {
  const digits = `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789${alphabet}`
  for (const [value, digit] of [...digits].entries()) SEXTETS[digit.charCodeAt(0)] = value
}

/** Whether its first six bytes are signs of ASCII: nearly all that is no base64 ends here. */
function beginsWithText(part: string): boolean {
  return isTextAt(part, 0) && isTextAt(part, 4)
}

function isTextAt(part: string, at: number): boolean {
  const bits =
    (sextet(part, at) << 18) |
    (sextet(part, at + 1) << 12) |
    (sextet(part, at + 2) << 6) |
    sextet(part, at + 3)
  return isSign(bits >> 16) && isSign((bits >> 8) & 255) && isSign(bits & 255)
}

function sextet(part: string, at: number): number {
  return SEXTETS[part.charCodeAt(at)] ?? 0
}

function isSign(byte: number): boolean {
  return (byte >= 32 && byte < 127) || byte === 9 || byte === 10 || byte === 13
}
