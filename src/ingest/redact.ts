import { RE2JS } from 're2js'
import type { RedactionRules } from '../config/redaction-rules'
import { SECRET_FIELD, SECRET_SHAPES, type SecretShape } from './secrets'

/** Takes a payload as it was parsed and gives it back without what must not be stored. */
export type Redact = (payload: unknown) => unknown

/** What is stored of a text is at most 8 KiB; what lies this far behind can't be. */
const LOOK_CHARS = 32 * 1024
const ENOUGH_CHARS = 12 * 1024
const MAX_DEPTH = 64

/**
 * Makes the redaction that runs on every report before anything of it is kept or logged. A place
 * from which something was taken says so: `[redacted: GitHub token]`.
 */
export function createRedaction(rules: RedactionRules): Redact {
  const own = rules.patterns.map((pattern) => RE2JS.compile(pattern))
  const redactText = (text: string) => redactByShapes(redactByPatterns(text, own), shapes)
  const shapes = rules.defaults ? SECRET_SHAPES : []
  if (shapes.length === 0 && own.length === 0 && rules.paths.length === 0)
    return (payload) => payload
  const redactValue = (
    value: unknown,
    paths: readonly (readonly string[])[],
    depth: number,
  ): unknown => {
    if (typeof value === 'string') return redactText(value)
    if (typeof value !== 'object' || value === null || depth >= MAX_DEPTH) return value
    if (Array.isArray(value)) {
      return value.map((item, index) => redactField(String(index), item, paths, depth))
    }
    const entries = Object.entries(value).map(([key, item]): [string, unknown] => [
      redactText(key),
      redactField(key, item, paths, depth),
    ])
    return Object.fromEntries(entries)
  }
  const redactField = (
    key: string,
    value: unknown,
    paths: readonly (readonly string[])[],
    depth: number,
  ) => {
    const below = paths.filter(([head]) => head === key || head === '*').map(([, ...rest]) => rest)
    if (below.some((rest) => rest.length === 0)) return mark('by rule')
    const isSecret =
      rules.defaults && typeof value === 'string' && value !== '' && SECRET_FIELD.test(key)
    return isSecret ? mark(key.slice(0, 40)) : redactValue(value, below, depth + 1)
  }
  return (payload) => redactValue(payload, rules.paths, 0)
}

function redactByShapes(text: string, shapes: readonly SecretShape[]): string {
  if (text.length <= LOOK_CHARS) return redactPart(text, shapes)
  // Redacting may shorten the text, so that what lay behind the limit would move before it.
  let seen = 0
  let kept = ''
  while (seen < text.length && kept.length < ENOUGH_CHARS) {
    kept += redactPart(text.slice(seen, seen + LOOK_CHARS), shapes)
    seen += LOOK_CHARS
  }
  return kept + text.slice(seen)
}

function redactPart(text: string, shapes: readonly SecretShape[]): string {
  let redacted = text
  for (const { name, pattern } of shapes) {
    redacted = redacted.replace(pattern, (match: string, ...rest: unknown[]) => {
      const groups = rest.at(-1)
      const secret =
        typeof groups === 'object' && groups !== null ? Reflect.get(groups, 'secret') : null
      return typeof secret === 'string' ? match.replace(secret, () => mark(name)) : mark(name)
    })
  }
  return redacted
}

function redactByPatterns(text: string, patterns: readonly RE2JS[]): string {
  return patterns.reduce((left, pattern) => redactByPattern(left, pattern), text)
}

/** The whole match goes, or its group `secret` where the expression has one. */
function redactByPattern(text: string, pattern: RE2JS): string {
  const group = 'secret' in pattern.namedGroups() ? 'secret' : 0
  const matcher = pattern.matcher(text)
  let kept = ''
  let end = 0
  while (matcher.find()) {
    const start = matcher.start(group)
    if (start < end || matcher.end(group) === start) continue
    kept += text.slice(end, start) + mark('by rule')
    end = matcher.end(group)
  }
  return kept + text.slice(end)
}

function mark(what: string): string {
  return `[redacted: ${what}]`
}
