import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Whether a process has this number now. A zombie, which only waits to be collected, is dead. */
export async function isProcessAlive(pid: number): Promise<boolean> {
  if (!hasProcessNumber(pid)) return false
  const status = await readStat(pid)
  return status?.state !== 'Z'
}

/** Whether the number is taken, be it by a zombie: what PostgreSQL asks of its own pid file. */
export function hasProcessNumber(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * Tells a process from a later one with the same number: when it started, in which boot of the
 * machine. Numbers come back: in a container the same program has the same one at every start.
 * Empty where the system does not say.
 */
export async function processIdentity(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
    const status = await readStat(pid)
    return status ? `${boot.trim()} ${status.startedAt}` : ''
  }
  return askPs(pid, 'lstart=')
}

/** The program and its arguments as one text; empty where the system does not say. */
export async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    return text.split('\0').join(' ').trim()
  }
  return askPs(pid, 'command=')
}

/** Undefined where the system does not say. */
export async function parentOf(pid: number): Promise<number | undefined> {
  if (process.platform === 'linux') return (await readStat(pid))?.parent
  return Number(await askPs(pid, 'ppid=')) || undefined
}

interface Status {
  state: string
  parent: number
  startedAt: string
}

async function readStat(pid: number): Promise<Status | undefined> {
  if (process.platform !== 'linux') return undefined
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The program's name stands in parentheses and may hold spaces and parentheses itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state, startedAt] = [fields[0], fields[19]]
  return state && startedAt ? { state, parent: Number(fields[1]), startedAt } : undefined
}

async function askPs(pid: number, column: string): Promise<string> {
  if (process.platform === 'win32') return ''
  const args = ['-ww', '-o', column, '-p', String(pid)]
  const { stdout } = await execute('ps', args).catch(() => ({ stdout: '' }))
  return stdout.trim()
}
