import { endOf, scan } from './scan'
import type { Secret } from './secret'

const BORDER = /-{4,5} ?(BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}/g
/** What only names the borders, like code that looks for them, has nothing of this kind between. */
const KEY_LINE = /[A-Za-z0-9+/=]{32}/
const SHORT_LINE = /^(?:\W|_)*(?:\d{1,6}\W{1,3})?[A-Za-z0-9+/=]*\W*$/
const SHORT_BODY = /[A-Z][A-Za-z0-9+/=]{7}|[A-Za-z0-9+/=]{7}[A-Z]/
/** What may stand before a line: signs of a diff or a quotation, a number, quotes, `\n`. */
const GAP =
  /(?:\\[nrt]|[^A-Za-z0-9+/=]){0,60}(?:\d{1,6}(?:[:|→\t]| {1,2})(?:\\[nrt]|[^A-Za-z0-9+/=]){0,10})?/y
const HEADER =
  /(?:[^A-Za-z0-9]|\\[nr]){0,40}(?:\d{1,6}[:|→\t ]{1,3})?[A-Z][A-Za-z]{1,20}(?:-[A-Z][A-Za-z]{1,20})?: [^\n\\"]{0,200}/y
const BODY = /[A-Za-z0-9+/=]+/y
/** PEM breaks its lines after 64 characters, OpenSSH after 70, PGP after 64, others after 76. */
const WHOLE_LINE = 40
const MIN_CUT_LINE = 4
const NAME = 'private key'

/**
 * Private keys in PEM's armour, from its first to its last border, whatever stands before each line;
 * where the last border was cut off, up to what can still be of the key.
 */
export function findPrivateKeys(text: string): Secret[] {
  const secrets: Secret[] = []
  let begun: { start: number; bodyStart: number } | null = null
  let read = 0
  scan(text, BORDER, (match) => {
    const end = match.index + match[0].length
    if (begun !== null) secrets.push(...keyBetween(text, begun, match))
    else if (match[1] === 'END') secrets.push(...keyBefore(text, read, match))
    read = end
    begun = match[1] === 'BEGIN' ? { start: match.index, bodyStart: end } : null
    return end
  })
  if (begun !== null) secrets.push(...cutKey(text, begun, text.length))
  return secrets
}

interface Begun {
  readonly start: number
  readonly bodyStart: number
}

function keyBetween(text: string, begun: Begun, border: RegExpExecArray): Secret[] {
  const between = text.slice(begun.bodyStart, border.index)
  if (border[1] !== 'END' || !isBody(between)) return cutKey(text, begun, border.index)
  return [{ start: begun.start, end: border.index + border[0].length, name: NAME }]
}

/** A line of a key that may begin in the middle of the text, with what stands before it. */
const LINE_OF_KEY = /(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{40,}={0,2}$/
const LAST_LINE_OF_KEY = /(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{4,}={0,2}$/
const LINE_BREAK = /\r?\n|(?:\\r)?\\n/g
/** Characters, from a line's end on; what stands before them is not of the key. */
const MAX_LINE = 200

/** The last lines of a key whose begin is missing, as in a part of a file. `from`: where to stop. */
function keyBefore(text: string, from: number, border: RegExpExecArray): Secret[] {
  const end = border.index + border[0].length
  const lines = linesBetween(text, from, border.index)
  // What stands before the border in its own line.
  lines.pop()
  let start = border.index
  let isLast = true
  for (const line of lines.reverse()) {
    const saidFrom = Math.max(line.start, line.end - MAX_LINE)
    const found = (isLast ? LAST_LINE_OF_KEY : LINE_OF_KEY).exec(text.slice(saidFrom, line.end))
    if (!found) break
    // A key that is quoted within a text may begin in a line with much before it.
    const isQuoted = saidFrom > line.start
    start = isQuoted ? saidFrom + found.index : line.start
    if (isQuoted) break
    isLast = false
  }
  return KEY_LINE.test(text.slice(start, border.index)) ? [{ start, end, name: NAME }] : []
}

function linesBetween(text: string, from: number, to: number): { start: number; end: number }[] {
  const lines: { start: number; end: number }[] = []
  let start = from
  for (const { 0: found, index } of text.slice(from, to).matchAll(LINE_BREAK)) {
    lines.push({ start, end: from + index })
    start = from + index + found.length
  }
  lines.push({ start, end: to })
  return lines
}

function isBody(between: string): boolean {
  if (KEY_LINE.test(between)) return true
  const lines = between.split(/\r?\n|(?:\\r)?\\n/)
  return SHORT_BODY.test(between) && lines.every((line) => SHORT_LINE.test(line))
}

/** The first lines of a key whose end is missing; nothing where no line of a key follows. */
function cutKey(text: string, { start, bodyStart }: Begun, limit: number): Secret[] {
  const bodyAt = endOfHeaders(text, bodyStart)
  let end = bodyAt
  let isWhole = true
  while (isWhole) {
    const lineAt = endOf(text, GAP, end)
    const lineEnd = lineAt < limit ? endOf(text, BODY, lineAt) : lineAt
    isWhole = lineEnd - lineAt >= WHOLE_LINE
    // The last line of a key is shorter, and so is a first one in which the text was cut.
    const isFirst = end === bodyAt
    const isCut = lineEnd - lineAt >= MIN_CUT_LINE && isAtEnd(text, lineEnd)
    if (lineEnd === lineAt || (isFirst && !isWhole && !isCut)) break
    end = lineEnd
  }
  return end > bodyAt ? [{ start, end, name: NAME }] : []
}

/** The text ends here, or the lists, objects and quotes that it is in. */
function isAtEnd(text: string, at: number): boolean {
  return text.length - at < 20 && /^[\s"'`\\\]}]*$/.test(text.slice(at))
}

function endOfHeaders(text: string, start: number): number {
  let end = start
  for (let next = endOf(text, HEADER, end); next > end; next = endOf(text, HEADER, end)) end = next
  return end
}
