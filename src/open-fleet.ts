import type { Logger } from 'pino'
import { Recorder } from './fleet/recorder'
import { Roster } from './fleet/roster'
import { SWEEP_MS, Sweep } from './fleet/sweep'
import { Retention } from './log/retention'
import { startRetention } from './log/retention-job'
import type { OpenDatabase } from './open-database'
import { ANSWERS_MS, type Start } from './start'

const FORGET_MS = 60_000

/** Who reports and what that means: the writing half. */
export async function openFleet(start: Start, { db, writing }: OpenDatabase) {
  const { config, log, telemetry, shutdown } = start
  const roster = new Roster(db)
  await roster.load()
  const recorder = new Recorder(writing, (requests, ms) => telemetry.log.onGroup(requests, ms))
  shutdown.add('the recorder', () => recorder.close(), ANSWERS_MS)
  shutdown.add('the clock', startSweep(new Sweep(writing), roster, log))
  const retention = new Retention({ db, writing, limits: config.retention })
  shutdown.add('the retention', startRetention(retention, log))
  return { roster, recorder, retention }
}

function startSweep(sweep: Sweep, roster: Roster, log: Logger): () => Promise<void> {
  let running: Promise<void> = Promise.resolve()
  let forgottenAt = Date.now()
  const run = async () => {
    await sweep.run().catch((err: unknown) => log.warn({ err }, 'the clock could not be applied'))
    if (Date.now() - forgottenAt < FORGET_MS) return
    forgottenAt = Date.now()
    roster.evictExpired(forgottenAt)
  }
  const timer = setInterval(() => {
    running = running.then(run)
  }, SWEEP_MS)
  return async () => {
    clearInterval(timer)
    sweep.stop()
    await running
  }
}
