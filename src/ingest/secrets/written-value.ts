import { endOf, matchAt, Runs } from './scan'

/** A value as it is written behind a name. */
export interface FoundValue {
  readonly text: string
  readonly start: number
  readonly end: number
  readonly isQuoted: boolean
  /** How it hangs together with its name: `a=b`, `a: b`, `--a b`, `<a>b<`, or as two strings. */
  readonly between: 'tight' | 'loose' | 'flag' | 'element' | 'pair'
}

type Between = FoundValue['between']

const QUOTE = /(\\{0,8})(["'`])/y
const BARE = /[^\s"'`,;&|)(<>{}[\]$\\]+/y
const ELEMENT = /[^<]+/y
const WORD = /[^\s"'`\\]+/y
const LINE_END = /[ \t]{0,100}(?:\r?\n|\r?$)/y
const MAX_QUOTED = 8192

/** Reads values of one text, from its start to its end; no part of it is walked again and again. */
export class ValueReader {
  private readonly bare: Runs
  private readonly words: Runs
  /** The last value without quotes, with the backslashes in it: values that begin within end with it. */
  private lastBare = { start: 0, end: 0 }

  constructor(private readonly text: string) {
    this.bare = new Runs(text, BARE)
    this.words = new Runs(text, WORD)
  }

  /** The value that begins at this place; null where none does. */
  read(at: number, between: Between): FoundValue | null {
    const { text } = this
    const quote = matchAt(text, QUOTE, at)
    if (quote !== null) {
      const start = at + quote[0].length
      const end = endOfQuoted(text, start, quote[0])
      return { text: text.slice(start, end), start, end, isQuoted: true, between }
    }
    const end = between === 'element' ? endOf(text, ELEMENT, at) : this.endOfBare(at, between)
    if (end === at) return null
    return { text: text.slice(at, end), start: at, end, isQuoted: false, between }
  }

  private endOfBare(at: number, between: Between): number {
    const { text } = this
    if (between === 'tight' && isLineOfSettings(text, at)) {
      // All of the line is the value, whatever signs are in it.
      const end = this.words.endAt(at)
      const isWhole = matchAt(text, LINE_END, end) !== null
      if (isWhole && !/[$<>{}()[\]]/.test(text.slice(at, Math.min(end, at + 500)))) return end
    }
    const { lastBare } = this
    if (at > lastBare.start && at < lastBare.end && text[at] !== '\\') return lastBare.end
    let end = this.bare.endAt(at)
    // A backslash that escapes nothing is part of it.
    while (end > at && text[end] === '\\' && /[^nrt"'`\\\s]/.test(text[end + 1] ?? ' ')) {
      end = this.bare.endAt(end + 1)
    }
    this.lastBare = { start: at, end }
    return end
  }
}

/** Where the same quote closes, with as many backslashes before it; the end of the line if none does. */
function endOfQuoted(text: string, start: number, opening: string): number {
  const quote = opening.at(-1) ?? '"'
  const level = opening.length - 1
  const limit = Math.min(text.length, start + MAX_QUOTED)
  let backslashes = 0
  for (let at = start; at < limit; at++) {
    const character = text[at]
    if (character === '\\') backslashes++
    else {
      if (character === quote && isClosing(backslashes, level))
        return at - Math.min(backslashes, level)
      backslashes = 0
    }
  }
  const line = text.indexOf('\n', start)
  return line === -1 || line > limit ? limit : line
}

/** Of `\"` in JSON within JSON each level doubles the backslashes and adds one. */
function isClosing(backslashes: number, level: number): boolean {
  return level === 0 ? backslashes % 2 === 0 : backslashes <= level
}

function isLineOfSettings(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 120), at)
  return /(?:^|\n)[ \t]{0,8}(?:export )?[\w.-]{1,100}=$/.test(before)
}
