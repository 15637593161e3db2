import { type StdioOptions, spawn } from 'node:child_process'
import path from 'node:path'

/** Whom PostgreSQL runs as, where that is not ourselves. */
export interface ServerUser {
  name: string
  uid: number
  gid: number
}

interface Result {
  /** null where the program was ended by a signal or never ran. */
  code: number | null
  output: string
}

/** Runs a program to its end. It never rejects: a program that cannot be run has code null. */
export function run(file: string, args: string[], user?: ServerUser): Promise<Result> {
  return new Promise((resolve) => {
    let output = ''
    const child = spawn(file, args, spawnOptions(user, ['ignore', 'pipe', 'pipe']))
    const collect = (chunk: Buffer) => {
      output += chunk
    }
    child.stdout?.on('data', collect)
    child.stderr?.on('data', collect)
    child.once('error', (error) => resolve({ code: null, output: error.message }))
    child.once('close', (code) => resolve({ code, output: output.trim() }))
  })
}

/**
 * An environment of our own, as LC_*, PG* and TZ would decide encodings, ports and messages; and a
 * working directory that every user can enter, as PostgreSQL's programs ask for its name.
 */
export function spawnOptions(user: ServerUser | undefined, stdio: StdioOptions) {
  const { PATH, SystemRoot, TEMP, TMP } = process.env
  return {
    stdio,
    cwd: path.parse(process.execPath).root,
    env: { PATH, SystemRoot, TEMP, TMP, LC_ALL: 'C' },
    windowsHide: true,
    ...(user && { uid: user.uid, gid: user.gid }),
  }
}
