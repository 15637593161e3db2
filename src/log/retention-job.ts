import type { Logger } from 'pino'
import type { Retention } from './retention'
import type { RetentionClock } from './retention-clock'

const EVERY_MS = 300_000
/** A start has better things to do. */
const FIRST_AFTER_MS = 2_000

/** Runs the retention now and then. Returns what ends it, after the step that is under way. */
export function startRetention(retention: Retention, log: Logger): () => Promise<void> {
  const stopping = new AbortController()
  let isDoubted = false
  const run = async () => {
    try {
      const { events, keys, through, clock } = await retention.run(stopping.signal)
      if (clock && isBehind(clock) !== isDoubted) {
        isDoubted = !isDoubted
        tellDoubt(log, clock)
      }
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

function isBehind({ seenAt, believedAt }: RetentionClock): boolean {
  return believedAt < seenAt
}

function tellDoubt(log: Logger, clock: RetentionClock): void {
  const times = {
    clock: new Date(clock.seenAt).toISOString(),
    believed: new Date(clock.believedAt).toISOString(),
  }
  if (isBehind(clock)) {
    log.warn(
      times,
      'the clock of the database has gone on by more than a day since it was last looked at: the age of events is counted from the believed time until Muster has run for a day',
    )
  } else log.info(times, 'the clock of the database is believed again')
}
