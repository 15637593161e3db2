const TTY_MS = 100
const LOG_MS = 5_000

/** Shows how far a long work is, in one line that changes, or in a log now and then. */
export function showProgress(what: string): { onProgress(done: number): void; end(): void } {
  const { stderr } = process
  let shownAt = Date.now()
  let isShown = false
  return {
    onProgress(done) {
      if (Date.now() - shownAt < (stderr.isTTY ? TTY_MS : LOG_MS)) return
      shownAt = Date.now()
      isShown = true
      const line = `${what}: ${Math.floor(Math.min(done, 1) * 100)} %`
      stderr.write(stderr.isTTY ? `\r${line} ` : `${line}\n`)
    },
    end() {
      if (isShown && stderr.isTTY) stderr.write('\n')
    },
  }
}

/** Aborted at Ctrl-C and its like, so that what was begun can be undone. */
export async function stoppable<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController()
  const stop = () => stopping.abort()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, stop)
  try {
    return await work(stopping.signal)
  } finally {
    for (const signal of signals) process.off(signal, stop)
  }
}
