import { type ChildProcess, spawn } from 'node:child_process'
import { projectPath } from '../../src/config/project-path'

const START_DEADLINE_MS = 60_000

/** Starts Muster as it is built, on a free port, and says how long that took until it answered. */
export async function startMusterChild(
  env: Record<string, string>,
): Promise<{ child: ChildProcess; url: string; ms: number }> {
  const begun = performance.now()
  const child = spawn(process.execPath, [projectPath('dist', 'server.js')], {
    env: { ...process.env, PORT: '0', LOG_LEVEL: 'warn', npm_lifecycle_event: '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await new Promise<string>((resolve, reject) => {
    setTimeout(() => reject(new Error('Muster did not start in time')), START_DEADLINE_MS).unref()
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk
      const address = /Muster is at (\S+)/.exec(output)?.[1]
      if (address) resolve(address)
    })
  })
  await fetch(`${url}/health`)
  return { child, url, ms: Math.round(performance.now() - begun) }
}

export async function stopChild(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await gone
}

export function percentiles(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1)
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`
}
