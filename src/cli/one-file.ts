import path from 'node:path'
import { parseArgs } from 'node:util'
import { UsageError } from './command'

/** The one file that a command is given, as seen from `folder`, and which of its flags are there. */
export function parseOneFile(args: string[], folder: string, flags: string[] = []) {
  const options = Object.fromEntries(flags.map((flag) => [flag, { type: 'boolean' as const }]))
  const { values, positionals } = parse(args, options)
  const [file] = positionals
  if (!file || positionals.length > 1) throw new UsageError('Name one file')
  return { file: path.resolve(folder, file), has: (flag: string) => values[flag] === true }
}

function parse(args: string[], options: Record<string, { type: 'boolean' }>) {
  try {
    return parseArgs({ args, allowPositionals: true, options })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
