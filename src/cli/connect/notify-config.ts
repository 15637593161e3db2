const BEGIN = '# >>> muster connect (with --remove it takes this out)'
const END = '# <<< muster connect'
const BLOCK =
  /(?<=^|^\uFEFF)# >>> muster connect[^\r\n]*(\r?\n)(?:(?!# <<< muster connect)[^\r\n]*\r?\n)*# <<< muster connect[^\r\n]*(?:\r?\n|$)/m
/** Anywhere: inside a value of several lines a table cannot be distinguished. */
const NOTIFY = /^[ \t]*(?:notify|"notify"|'notify')[ \t]*=/m

/**
 * Puts `notify` into the text of Codex's config.toml: first of all, because behind the first table
 * it would belong to that. Null where another program is set: there is room for one only.
 */
export function addNotify(text: string, program: readonly string[]): string | null {
  const rest = removeNotify(text)
  if (NOTIFY.test(rest)) return null
  const eol = /\r?\n/.exec(rest)?.[0] ?? '\n'
  // What JSON writes for a list of strings without control characters is TOML as well.
  const block = [BEGIN, `notify = ${JSON.stringify(program)}`, END, ''].join(eol)
  const mark = rest.startsWith('\uFEFF') ? '\uFEFF' : ''
  return `${mark}${block}${rest.slice(mark.length)}`
}

export function removeNotify(text: string): string {
  return text.replace(BLOCK, '')
}

/** The program of ours; null where there is none. */
export function findNotify(text: string): string[] | null {
  const [, list = ''] = /^notify = (\[.*\])\r?$/m.exec(BLOCK.exec(text)?.[0] ?? '') ?? []
  try {
    const program: unknown = JSON.parse(list)
    return Array.isArray(program) ? program.map(String) : null
  } catch {
    return null
  }
}
