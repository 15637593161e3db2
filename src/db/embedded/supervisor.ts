import { setTimeout as delay } from 'node:timers/promises'
import { type Postmaster, sendSignal } from './postmaster'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5_000
/** A server that ran this long did not die of being started. */
const HEALTHY_MS = 30_000

interface SupervisorOptions {
  launch(signal: AbortSignal): Promise<Postmaster>
  stop(postmaster: Postmaster): Promise<void>
  log(message: string): void
}

/** Starts the server again whenever it dies. Returns what ends both the server and the watch. */
export function supervise(first: Postmaster, options: SupervisorOptions): () => Promise<void> {
  const stopping = new AbortController()
  const { signal } = stopping
  let current: Postmaster | undefined = first
  let stopped: Promise<void> | undefined

  const relaunch = async () => {
    try {
      return await options.launch(signal)
    } catch (error) {
      if (!signal.aborted) options.log(`PostgreSQL did not start: ${messageOf(error)}`)
      return undefined
    }
  }
  const watch = async () => {
    let pause = FIRST_PAUSE_MS
    while (!signal.aborted) {
      if (current) {
        const startedAt = performance.now()
        await current.exited
        current = undefined
        if (signal.aborted) return
        if (performance.now() - startedAt > HEALTHY_MS) pause = FIRST_PAUSE_MS
        options.log('PostgreSQL ended by itself; starting it again.')
      }
      await delay(pause, undefined, { signal }).catch(() => undefined)
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
      if (!signal.aborted) current = await relaunch()
    }
  }
  const watching = watch()

  // An exit without a shutdown, as after an uncaught error, must not leave the server behind.
  const endWithUs = () => {
    if (current) sendSignal(current.pid, 'SIGINT')
  }
  process.once('exit', endWithUs)

  const stop = async () => {
    stopping.abort()
    if (current) await options.stop(current)
    // A start that was under way may have got ready just before it heard of this.
    await watching
    if (current) await options.stop(current)
    process.off('exit', endWithUs)
  }
  return () => {
    stopped ??= stop()
    return stopped
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
