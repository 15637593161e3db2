import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { CliContext } from '../../src/cli/context'
import { runCommand } from '../../src/cli/run-command'

/** A person's home in a scratch folder, in which commands are run as from a terminal or not. */
export interface TestHome {
  readonly folder: string
  /** What the commands printed, and what they complained about. */
  readonly printed: string[]
  readonly complained: string[]
  run(args: string[], around?: Partial<CliContext>): Promise<number>
  path(file: string): string
  write(file: string, text: string, mode?: number): Promise<void>
  read(file: string): Promise<string>
  /** The names of all there is in a folder; none where there is no folder. */
  list(folder: string): Promise<string[]>
  remove(): Promise<void>
}

export async function createTestHome(): Promise<TestHome> {
  const folder = await mkdtemp(path.join(tmpdir(), 'muster-home-'))
  const at = (file: string) => path.join(folder, file)
  const printed: string[] = []
  const complained: string[] = []
  const here: CliContext = {
    env: { PATH: process.env.PATH },
    platform: process.platform,
    home: folder,
    folder,
    managedFolder: at('managed'),
    isInteractive: false,
    print: (line) => printed.push(line),
    complain: (line) => complained.push(line),
    ask: () => Promise.reject(new Error('Nobody expected to be asked')),
    askSecret: () => Promise.reject(new Error('Nobody expected to be asked')),
  }
  return {
    folder,
    printed,
    complained,
    run(args, around) {
      printed.length = 0
      complained.length = 0
      return runCommand(args, { ...here, ...around })
    },
    path: at,
    async write(file, text, mode) {
      await mkdir(path.dirname(at(file)), { recursive: true })
      await writeFile(at(file), text)
      if (mode !== undefined) await chmod(at(file), mode)
    },
    read: (file) => readFile(at(file), 'utf8'),
    list: (name) => readdir(at(name)).catch(() => []),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
