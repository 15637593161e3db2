const POLL_MS = 250

/** Whoever started us, asked at the first moment: once gone, its number can't be had any more. */
const parent = process.ppid

/**
 * Calls back once when the process that started us is gone. npm passes a SIGTERM to its shell only,
 * and what the shell had started would live on. Returns what ends the watch.
 */
export function onParentGone(callback: () => void): () => void {
  const timer = setInterval(() => {
    if (isParentAlive()) return
    clearInterval(timer)
    callback()
  }, POLL_MS)
  timer.unref()
  return () => clearInterval(timer)
}

function isParentAlive(): boolean {
  // POSIX gives an orphan another parent. Windows does not, and there the number is asked about.
  if (process.ppid !== parent) return false
  try {
    process.kill(parent, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
