import { RE2JS } from 're2js'
import type { Finder, Secret } from './secrets/secret'

/**
 * RE2 takes time in proportion to the text for one match, but for all matches up to the square of it:
 * so long texts are looked through in parts, which overlap by as much as a match may be long.
 */
const PART = 4096
/** Each match costs up to two parts. */
const MAX_MATCHES = 10_000

const NAME = 'by rule'

/**
 * Compiles patterns in RE2's syntax and answers with what makes a finder for one payload. Beyond
 * 10,000 matches of a pattern in a payload it finds all the rest of each text that has another one.
 * Throws where RE2 does not take a pattern.
 */
export function compilePatterns(patterns: readonly string[]): () => Finder {
  const compiled = patterns.map((pattern) => RE2JS.compile(pattern))
  return () => {
    const finders = compiled.map(finderOf)
    return (text) => finders.flatMap((find) => find(text))
  }
}

function finderOf(pattern: RE2JS): Finder {
  // Of a match its group `secret` goes, where the expression has one.
  const group = 'secret' in pattern.namedGroups() ? 'secret' : 0
  let left = MAX_MATCHES
  return (text) => {
    const secrets: Secret[] = []
    if (text === '' || !pattern.test(text)) return secrets
    let end = 0
    for (let start = 0; start < text.length; start += PART) {
      // One character more before it, for `\b` and `^`.
      const from = Math.max(0, start - 1)
      const part = pattern.matcher(text.slice(from, start + 2 * PART))
      let isFound = part.find(Math.max(end, start) - from)
      while (isFound && from + part.start() < Math.max(start + PART, 1)) {
        left--
        if (left < 0)
          return [...secrets, { start: from + part.start(), end: text.length, name: NAME }]
        const [secretStart, secretEnd] = [part.start(group), part.end(group)]
        if (secretEnd > secretStart) {
          secrets.push({ start: from + secretStart, end: from + secretEnd, name: NAME })
        }
        end = Math.max(end, from + part.end())
        isFound = part.find()
      }
    }
    return secrets
  }
}
