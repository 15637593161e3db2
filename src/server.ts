import { ConfigError, loadConfig } from './config'
import { type Muster, startMuster } from './muster'
import { onParentGone } from './parent-watch'

// The only module that acts on being imported: it starts Muster and ends it with the process.

const STOP_DEADLINE_MS = 4_800

const starting = start()

async function start(): Promise<Muster | null> {
  try {
    const muster = await startMuster(loadConfig(process.env))
    for (const note of muster.notes) console.log(note)
    console.log(`Muster is at ${muster.address}`)
    return muster
  } catch (error) {
    const isExpected = error instanceof ConfigError || process.env.LOG_LEVEL !== 'debug'
    console.error(error instanceof Error && isExpected ? error.message : error)
    process.exitCode = 1
    setTimeout(() => process.exit(1), STOP_DEADLINE_MS).unref()
    return null
  }
}

let stopping = false

async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  setTimeout(() => {
    console.error('Muster could not stop in time; what was under way has been cut')
    process.exit(1)
  }, STOP_DEADLINE_MS).unref()
  const muster = await starting
  await muster?.stop()
  process.exit()
}

process.on('SIGINT', stop)
process.on('SIGTERM', stop)
if (process.env.npm_lifecycle_event) onParentGone(stop)
