import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

interface ProcessFigures {
  /** When they were taken, by performance.now(). */
  readonly at: number
  readonly cpuMs: number
  readonly text: string
}

const run = promisify(execFile)

/** Memory and used processor time of another process, as `ps` tells them. */
export async function processFigures(pid: number): Promise<ProcessFigures> {
  const { stdout } = await run('ps', ['-o', 'rss=,time=', '-p', String(pid)])
  const [rss = '0', time = '0'] = stdout.trim().split(/\s+/)
  const seconds = time.split(/[-:]/).reduce((sum, part) => sum * 60 + Number(part), 0)
  const megabytes = Math.round(Number(rss) / 1_024)
  return { at: performance.now(), cpuMs: seconds * 1_000, text: `${megabytes} MB` }
}
