import { commandLine, isProcessAlive, parentOf } from './process-identity'

const POLL_MS = 250

/** The parent process, read at load: once it has died, its pid can't be read any more. */
const parent = process.ppid

/**
 * Calls back once when what started us is gone. npm passes a SIGTERM to its shell only, and what the
 * shell had started would live on. When npm is killed, even the shell does, on systems where it
 * stays in between: npm itself is watched too. Returns what ends the watch.
 */
export function onParentGone(callback: () => void): () => void {
  const starters = findStarters()
  let isAsking = false
  const ask = async () => {
    if (isAsking) return
    isAsking = true
    const alive = await Promise.all((await starters).map(isProcessAlive))
    isAsking = false
    // POSIX gives an orphan another parent. Windows does not, and there the number is asked about.
    if (process.ppid === parent && alive.every(Boolean)) return
    clearInterval(timer)
    callback()
  }
  const timer = setInterval(() => void ask(), POLL_MS)
  timer.unref()
  return () => clearInterval(timer)
}

async function findStarters(): Promise<number[]> {
  const isShell = /(^|\/)\w*sh -c /.test(await commandLine(parent))
  const grandparent = isShell ? await parentOf(parent) : undefined
  return grandparent ? [parent, grandparent] : [parent]
}
