import { type ChildProcess, spawn } from 'node:child_process'
import { open, readFile, stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { isProcessAlive } from '../../process/process-identity'
import type { ServerPlace } from './address'
import { type Binaries, program } from './binaries'
import { guardPostmaster } from './guard'
import { readPidFile } from './pid-file'
import { run, type ServerUser, spawnOptions } from './run'
import { listenSettings } from './settings'

const READY_POLL_MS = 5
/** Repairing after a crash reads the whole log that was written since the last checkpoint. */
const READY_TIMEOUT_MS = 120_000
const WATCH_POLL_MS = 50

/** Everything that is needed to start the same server again. */
export interface Launch {
  binaries: Binaries
  cluster: string
  logFile: string
  place: ServerPlace
  settings: Readonly<Record<string, string | number>>
  user: ServerUser | undefined
}

/** A running PostgreSQL server. */
export interface Postmaster {
  pid: number
  exited: Promise<void>
}

/** Rejected with when the server ended before it was ready; the message is what it logged. */
export class LaunchError extends Error {
  override readonly name = 'LaunchError'
}

/** Resolves once the server answers. A start that is aborted leaves no server. */
export async function launchPostmaster(launch: Launch, signal?: AbortSignal): Promise<Postmaster> {
  const logStart = await logSize(launch.logFile)
  const postmaster = await (process.platform === 'win32' ? startService : startChild)(launch)
  const deadline = performance.now() + READY_TIMEOUT_MS
  let hasExited = false
  postmaster.exited.then(() => {
    hasExited = true
  })
  while (performance.now() < deadline && !signal?.aborted) {
    if (hasExited) throw new LaunchError(await readLog(launch.logFile, logStart))
    const found = await readPidFile(launch.cluster)
    if (found?.pid === postmaster.pid && found.status === 'ready') return postmaster
    await delay(READY_POLL_MS)
  }
  await stopPostmaster(postmaster, launch)
  throw new LaunchError(
    signal?.aborted ? 'it was stopped' : `it was not ready after ${READY_TIMEOUT_MS / 1000} s`,
  )
}

/**
 * Fast shutdown; immediate shutdown, which the next start repairs, after 3 s; and at 3.7 s the
 * kernel ends it.
 */
export async function stopPostmaster(
  postmaster: Postmaster,
  { binaries, cluster }: Pick<Launch, 'binaries' | 'cluster'>,
): Promise<void> {
  if (process.platform === 'win32') {
    for (const mode of ['fast', 'immediate']) {
      const args = ['stop', '-D', cluster, '-m', mode, '-t', '2']
      const { code } = await run(program(binaries, 'pg_ctl'), args)
      if (code === 0) return
    }
    return sendSignal(postmaster.pid, 'SIGKILL')
  }
  const steps = [
    ['SIGINT', 3_000],
    ['SIGQUIT', 700],
    ['SIGKILL', 200],
  ] as const
  for (const [signal, patienceMs] of steps) {
    sendSignal(postmaster.pid, signal)
    const patience = new AbortController()
    const timeout = delay(patienceMs, 'late', { signal: patience.signal }).catch(() => 'late')
    const outcome = await Promise.race([postmaster.exited, timeout])
    patience.abort()
    if (outcome !== 'late') return
  }
}

/** A server that is not our child: its end is noticed by asking. */
export function watchPostmaster(pid: number): Postmaster {
  return { pid, exited: untilGone(pid) }
}

export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended already.
  }
}

/** In a session of its own, so that a Ctrl-C in the terminal ends it only when we say so. */
async function startChild(launch: Launch): Promise<Postmaster> {
  const log = await open(launch.logFile, 'a', 0o600)
  try {
    const args = ['-D', launch.cluster, ...settingOptions(launch)]
    const options = spawnOptions(launch.user, ['ignore', log.fd, log.fd])
    const child = spawn(program(launch.binaries, 'postgres'), args, { ...options, detached: true })
    const exited = new Promise<void>((done) => child.once('exit', () => done()))
    child.unref()
    const pid = await spawned(child)
    void exited.then(guardPostmaster(pid, launch.user))
    return { pid, exited }
  } finally {
    await log.close()
  }
}

function spawned(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new LaunchError(error.message)))
    child.once('spawn', () => resolve(child.pid ?? 0))
  })
}

/** Windows: postgres refuses an administrator's rights, and pg_ctl gives them up for it. */
async function startService(launch: Launch): Promise<Postmaster> {
  const options = settingOptions(launch).join(' ')
  const args = ['start', '-w', '-D', launch.cluster, '-l', launch.logFile, '-o', options]
  const child = spawn(program(launch.binaries, 'pg_ctl'), args, spawnOptions(undefined, 'ignore'))
  await spawned(child)
  await new Promise((done) => child.once('exit', done))
  const found = await readPidFile(launch.cluster)
  return found ? watchPostmaster(found.pid) : { pid: 0, exited: Promise.resolve() }
}

function settingOptions({ place, settings }: Launch): string[] {
  const all = { ...settings, ...listenSettings(place) }
  return Object.entries(all).flatMap(([key, value]) => ['-c', `${key}=${value}`])
}

async function untilGone(pid: number): Promise<void> {
  while (await isProcessAlive(pid)) await delay(WATCH_POLL_MS, undefined, { ref: false })
}

async function logSize(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0
}

async function readLog(file: string, from: number): Promise<string> {
  const text = await readFile(file).catch(() => Buffer.alloc(0))
  return text.subarray(from).toString('utf8').trim()
}
