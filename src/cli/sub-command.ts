import { type ParseArgsConfig, parseArgs } from 'node:util'
import { UsageError } from './command'

type Options = NonNullable<ParseArgsConfig['options']>

/** The first of the arguments, which has to be one of `names`, and what follows it. */
export function parseSubCommand<Name extends string>(
  args: readonly string[],
  names: readonly Name[],
): { name: Name; rest: string[] } {
  const [first, ...rest] = args
  const name = names.find((candidate) => candidate === first)
  if (name) return { name, rest }
  const said = first === undefined ? 'Say what to do' : `There is no “${first}” here`
  throw new UsageError(`${said}: ${names.join(', ')}`)
}

/** Options and the other arguments; throws UsageError for what is not among them. */
export function parseOptions<T extends Options>(args: string[], options: T) {
  try {
    return parseArgs({ args, allowPositionals: true, options })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** Rows as lines, with every column as wide as its widest value. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  return rows.map((row) =>
    row
      .map((value, column) => value.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
