import type { Logger } from 'pino'
import type { Retention } from './log/retention'

const EVERY_MS = 300_000
/** A start has better things to do. */
const FIRST_AFTER_MS = 2_000

/** Runs the retention now and then. Returns what ends it, after the step that is under way. */
export function startRetention(retention: Retention, log: Logger): () => Promise<void> {
  const stopping = new AbortController()
  const run = async () => {
    try {
      const { events, keys, through } = await retention.run(stopping.signal)
      if (events > 0 || keys > 0) log.info({ events, keys, through }, 'old events were removed')
    } catch (err) {
      log.warn({ err }, 'old events could not be removed, and will be the next time')
    }
  }
  let running: Promise<void> = Promise.resolve()
  const begin = () => {
    running = running.then(run)
  }
  const first = setTimeout(begin, FIRST_AFTER_MS)
  const timer = setInterval(begin, EVERY_MS)
  return async () => {
    stopping.abort()
    clearTimeout(first)
    clearInterval(timer)
    await running
  }
}
