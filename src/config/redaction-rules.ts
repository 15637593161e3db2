export interface RedactionRules {
  /** Whether the common shapes of secrets are taken out. */
  readonly defaults: boolean
  /** What matches is taken out of every text and every key. */
  readonly patterns: readonly RegExp[]
  /** Fields whose value is taken out whole, like `tool_input.env.*`. */
  readonly paths: readonly (readonly string[])[]
}

/** Reads `$.tool_input.env.*` or `tool_input.env.*`; null if it is no such path. */
export function parsePath(text: string): readonly string[] | null {
  const steps = text.replace(/^\$\.?/, '').split('.')
  return steps.every((step) => /^(\*|[\w-]{1,200})$/.test(step)) ? steps : null
}
