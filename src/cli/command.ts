import type { CliContext } from './context'

/** What can be said behind `muster`. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string
  /** Everything that `muster help NAME` says; without it the command knows --help itself. */
  readonly help?: string
  /** Returns the exit code: 0 done, 1 not done, 2 not understood. */
  run(args: string[], around: CliContext): Promise<number>
}

/** The command line makes no sense; the message says why. */
export class UsageError extends Error {}
