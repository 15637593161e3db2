import type { RedactionRules } from '../config/redaction-rules'
import { STORED, TOO_DEEP } from './clean'
import { compilePatterns } from './redact-patterns'
import {
  isOtlpValue,
  isSchema,
  type Naming,
  NO_NAMING,
  namingOf,
  namingOfItem,
  namingsOf,
} from './secrets/fields'
import { findSecrets } from './secrets/find'
import { withoutKeyLines } from './secrets/lines'
import { type Finder, markOf, takeOut } from './secrets/secret'
import { isPlaceholder, looksRandom } from './secrets/value'

/** Takes a payload as it was parsed and gives it back without what must not be stored. */
export type Redact = (payload: unknown) => unknown

/** What is stored of a payload lies at most this far below the top of what was posted. */
const MAX_DEPTH = STORED.depth + 16
const MAX_LABEL = 40
const MAX_KEYS = 1_000

/** Where a path of a rule leads on from here. */
type Paths = readonly (readonly string[])[]

/**
 * Makes the redaction that runs on every report before anything of it is kept or logged, whose time is
 * in proportion to the payload. A place from which something was taken says so: `[redacted: GitHub
 * token]`. All text is looked at, to its end; what is nested too deeply to be stored is left out.
 */
export function createRedaction(rules: RedactionRules): Redact {
  const { defaults, paths } = rules
  if (!defaults && rules.patterns.length === 0 && paths.length === 0) return (payload) => payload
  const byPatterns = compilePatterns(rules.patterns)
  const harmlessKeys = new Set<string>()
  return (payload) => new Walk(defaults, byPatterns(), harmlessKeys).redact(payload, paths, 0)
}

class Walk {
  constructor(
    private readonly defaults: boolean,
    private readonly findByPatterns: Finder,
    /** Keys in which nothing was found before: most are the same in every report. */
    private readonly harmlessKeys: Set<string>,
  ) {}

  redact(value: unknown, paths: Paths, depth: number): unknown {
    if (typeof value === 'string') return this.redactText(value)
    if (!isCompound(value)) return value
    if (depth >= MAX_DEPTH) return TOO_DEEP
    if (isList(value)) return this.redactList(value, paths, depth)
    return this.redactObject(value, paths, depth)
  }

  private redactText(text: string): string {
    const own = this.findByPatterns(text)
    // Not by a spread: a text may hold more secrets than a call may have arguments.
    const secrets = this.defaults ? own.concat(findSecrets(text)) : own
    return secrets.length === 0 ? text : takeOut(text, secrets)
  }

  private redactKey(key: string): string {
    if (this.harmlessKeys.has(key)) return key
    const redacted = this.redactText(key)
    const isWorthKeeping = key.length <= MAX_LABEL && this.harmlessKeys.size < MAX_KEYS
    if (redacted === key && isWorthKeeping) this.harmlessKeys.add(key)
    return redacted
  }

  private redactList(list: readonly unknown[], paths: Paths, depth: number): unknown[] {
    const items = this.defaults ? withoutKeyLines(list) : list
    return items.map((item, index) => {
      const naming = this.defaults ? namingOfItem(items, index) : NO_NAMING
      return this.redactField(String(index), naming, item, paths, depth)
    })
  }

  private redactObject(fields: Fields, paths: Paths, depth: number): Fields {
    const namingOfField = this.defaults ? namingsOf(fields) : () => NO_NAMING
    const entries = Object.entries(fields).map(([key, item]): [string, unknown] => [
      this.redactKey(key),
      this.redactField(key, namingOfField(key), item, paths, depth),
    ])
    return Object.fromEntries(entries)
  }

  private redactField(
    key: string,
    naming: Naming,
    value: unknown,
    paths: Paths,
    depth: number,
  ): unknown {
    const below = paths.filter(([head]) => head === key || head === '*').map(([, ...rest]) => rest)
    if (below.some((rest) => rest.length === 0)) return markOf('by rule')
    return this.redactNamed(naming, value, below, depth + 1)
  }

  private redactNamed(naming: Naming, value: unknown, paths: Paths, depth: number): unknown {
    const { kind } = naming
    if (kind === 'none') return this.redact(value, paths, depth)
    if (isCompound(value)) return this.redactBelow(naming, value, paths, depth)
    const isSecret = kind === 'perhaps' ? isRandomText(value) : isGiven(value)
    return isSecret ? this.markOfName(naming) : this.redact(value, paths, depth)
  }

  /** What lies below a name of a secret: all of a password, of others what looks random too. */
  private redactBelow(
    naming: Naming,
    value: Fields | readonly unknown[],
    paths: Paths,
    depth: number,
  ): unknown {
    if (depth >= MAX_DEPTH) return TOO_DEEP
    if (isList(value)) {
      return value.map((item, index) => this.redactField(String(index), naming, item, paths, depth))
    }
    const isValue = isOtlpValue(value)
    if (naming.kind === 'password' && !isValue && !isSchema(value)) return this.markOfName(naming)
    const perhaps: Naming = { ...naming, kind: 'perhaps' }
    const entries = Object.entries(value).map(([key, item]): [string, unknown] => {
      const own = namingOf(key)
      const below = isValue ? naming : own.kind === 'none' ? perhaps : own
      return [this.redactKey(key), this.redactField(key, below, item, paths, depth)]
    })
    return Object.fromEntries(entries)
  }

  /** The name may hold a secret itself. */
  private markOfName({ name }: Naming): string {
    return markOf(this.redactText(name).slice(0, MAX_LABEL))
  }
}

type Fields = Readonly<Record<string, unknown>>

function isCompound(value: unknown): value is Fields | readonly unknown[] {
  return typeof value === 'object' && value !== null
}

function isList(value: Fields | readonly unknown[]): value is readonly unknown[] {
  return Array.isArray(value)
}

function isGiven(value: unknown): boolean {
  if (typeof value === 'string') return value !== '' && !isPlaceholder(value)
  return typeof value === 'number'
}

function isRandomText(value: unknown): boolean {
  return typeof value === 'string' && looksRandom(value)
}
