import { RE2JS } from 're2js'

/** Plain data, so that it can be handed to another thread as it is. */
export interface RedactionRules {
  /** Whether the common shapes of secrets are taken out. */
  readonly defaults: boolean
  /** Sources of expressions in RE2 syntax; what matches is taken out of every text and every key. */
  readonly patterns: readonly string[]
  /** Fields whose value is taken out whole, like `tool_input.env.*`. */
  readonly paths: readonly (readonly string[])[]
}

/** Reads `$.tool_input.env.*` or `tool_input.env.*`; null if it is no such path. */
export function parsePath(text: string): readonly string[] | null {
  const steps = text.replace(/^\$\.?/, '').split('.')
  return steps.every((step) => /^(\*|[\w-]{1,200})$/.test(step)) ? steps : null
}

/** Why RE2 does not take the expression; null where it does. */
export function patternFault(pattern: string): string | null {
  try {
    RE2JS.compile(pattern)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
