/**
 * Text as Markdown that shows it as it is: no link, image, markup or structure comes of it, in
 * CommonMark, in GitHub's dialect and with what common extensions find in plain text (addresses
 * without brackets, footnotes, formulas, templates). Where a character cannot mean anything it is
 * left alone, so that the source can be read.
 */

const LINE_ENDS = /\r\n|[\r\n\u2028\u2029]/
/** Deeper than this a line is not moved in. */
const MAX_INDENT = 40
const TAB_WIDTH = 4
const HTML = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
])
/** Mean something wherever they stand. */
const ALWAYS = new Set('\\`*[]{}#|~^$@')
/** Mean something at the start of a line only: lists, underlines of headings, definitions. */
const AT_START = new Set('+-=:')

/** On one line, for a place within a line of ours. */
export function inLine(text: string): string {
  return escapeLine(text.replace(/\s+/g, ' ').trim())
}

/** As a quotation that keeps the text's lines and how far they are moved in. */
export function quote(text: string): string {
  const lines = text.split(LINE_ENDS).map(quotedLine)
  return lines
    .map((line, index) => {
      // Two blanks at its end keep a line apart from the next one of the same paragraph.
      const goesOn = line !== '' && (lines[index + 1] ?? '') !== ''
      return `> ${line}${goesOn ? '  ' : ''}`
    })
    .join('\n')
}

/** Blanks at the start would be dropped, or make a block of code. */
function quotedLine(line: string): string {
  const text = line.trim()
  if (text === '') return ''
  const indent = /^\s*/.exec(line)?.[0] ?? ''
  const width = [...indent].reduce((sum, char) => sum + (char === '\t' ? TAB_WIDTH : 1), 0)
  return '&nbsp;'.repeat(Math.min(width, MAX_INDENT)) + escapeLine(text)
}

function escapeLine(line: string): string {
  let escaped = ''
  for (let index = 0; index < line.length; index++) {
    const char = line.charAt(index)
    escaped += HTML.get(char) ?? (isMeant(line, index) ? `\\${char}` : char)
  }
  return escaped
}

/** Whether the character would be taken for more than itself. */
function isMeant(line: string, index: number): boolean {
  const char = line.charAt(index)
  if (ALWAYS.has(char)) return true
  if (index === 0 && AT_START.has(char)) return true
  const before = line.charAt(index - 1)
  const after = line.charAt(index + 1)
  switch (char) {
    case '_':
      return !(isWord(before) && isWord(after))
    case '.':
      return isNumber(line, index) || !isGap(after)
    case ')':
      return isNumber(line, index)
    case ':':
      return !isGap(after)
    case '/':
    case '=':
      return before === char || after === char
    default:
      return false
  }
}

/** All before it is a number: it would be that of a list. */
function isNumber(line: string, index: number): boolean {
  return /^\d+$/.test(line.slice(0, index))
}

/** Names of hosts and schemes do not end here. */
function isGap(char: string): boolean {
  return /^\s?$/.test(char)
}

function isWord(char: string): boolean {
  return /^[\p{L}\p{N}]$/u.test(char)
}
