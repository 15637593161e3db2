import { homedir } from 'node:os'
import { createInterface } from 'node:readline/promises'
import { askSecret } from './ask-secret'

/** Everything that a command gets from outside, so that a test can give it something else. */
export interface CliContext {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly home: string
  /** The folder that the person is in; npm runs programs in that of the package. */
  readonly folder: string
  /** Where an organisation puts settings of Claude Code that users cannot change. */
  readonly managedFolder: string
  /** Whether there is a terminal to ask questions on. */
  readonly isInteractive: boolean
  print(line: string): void
  complain(line: string): void
  ask(question: string): Promise<string>
  /** What is typed is not shown; without a terminal it comes from standard input. */
  askSecret(question: string): Promise<string>
}

export function surroundingsOf(from: NodeJS.Process): CliContext {
  const { env, platform, stdin, stdout } = from
  const isInNpm = env.npm_lifecycle_event !== undefined
  return {
    env,
    platform,
    home: homedir(),
    folder: (isInNpm && env.INIT_CWD) || from.cwd(),
    managedFolder: managedFolder(platform),
    isInteractive: Boolean(stdin.isTTY && stdout.isTTY),
    print: (line) => console.log(line),
    complain: (line) => console.error(line),
    askSecret: (question) => askSecret(question, from),
    async ask(question) {
      const reader = createInterface({ input: stdin, output: stdout })
      // Ctrl-C and Ctrl-D are no answer; newer versions of Node make an error of them.
      const closed = new Promise<string>((resolve) => reader.once('close', () => resolve('')))
      const answer = await Promise.race([reader.question(question).catch(() => ''), closed])
      reader.close()
      return answer
    },
  }
}

function managedFolder(platform: NodeJS.Platform): string {
  if (platform === 'darwin') return '/Library/Application Support/ClaudeCode'
  return platform === 'win32' ? 'C:\\Program Files\\ClaudeCode' : '/etc/claude-code'
}
