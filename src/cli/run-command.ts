import packageJson from '../../package.json' with { type: 'json' }
import { type Command, UsageError } from './command'
import { COMMANDS } from './commands'
import type { CliContext } from './context'

/** Runs `muster …` to its end. Returns the exit code; what went wrong is said in one message. */
export async function runCommand(args: string[], around: CliContext): Promise<number> {
  const [first = 'help', ...rest] = args
  if (['version', '--version', '-v'].includes(first)) {
    around.print(packageJson.version)
    return 0
  }
  const isHelp = ['help', '--help', '-h'].includes(first)
  const name = isHelp ? (rest[0] ?? '') : first
  if (name === '') return list(around.print)
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (!command) {
    around.complain(`There is no command “${name}”. “muster help” lists those that there are.`)
    return 2
  }
  const beforeEnd = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest
  const wantsHelp = isHelp || beforeEnd.some((arg) => arg === '--help' || arg === '-h')
  if (!wantsHelp) return run(name, command, { args: rest, around })
  if (command.help === undefined) return run(name, command, { args: ['--help'], around })
  around.print(command.help)
  return 0
}

async function run(
  name: string,
  command: Command,
  { args, around }: { args: string[]; around: CliContext },
): Promise<number> {
  try {
    return await command.run(args, around)
  } catch (error) {
    around.complain(error instanceof Error ? error.message : String(error))
    if (!(error instanceof UsageError)) return 1
    around.complain(`“muster help ${name}” says more.`)
    return 2
  }
}

function list(print: (line: string) => void): number {
  const builtIn: [string, string][] = [
    ['help', 'shows this, or all about one command: muster help NAME'],
    ['version', 'shows the version'],
  ]
  const named = Object.entries(COMMANDS).map(([name, { summary }]) => [name, summary] as const)
  print('muster COMMAND\n')
  for (const [name, summary] of [...named, ...builtIn]) print(`  ${name.padEnd(10)} ${summary}`)
  return 0
}
