import { readConfigFile } from './config/file'
import { loadConfig } from './config/load'
import { type Muster, startMuster } from './muster'
import { onParentGone } from './process/parent-watch'

// The only module that acts on being imported: it starts Muster and ends it with the process.

const STOP_DEADLINE_MS = 4_800

const stopping = new AbortController()
const starting = start()

async function start(): Promise<Muster | null> {
  try {
    const config = loadConfig(process.env, readConfigFile(process.env))
    const muster = await startMuster(config, { tell: console.log, signal: stopping.signal })
    for (const note of muster.notes) console.log(note)
    console.log(`Muster is at ${muster.address}`)
    return muster
  } catch (error) {
    if (stopping.signal.aborted) return null
    const isForPeople = error instanceof Error && process.env.LOG_LEVEL !== 'debug'
    console.error(isForPeople ? error.message : error)
    process.exitCode = 1
    setTimeout(() => process.exit(), STOP_DEADLINE_MS).unref()
    return null
  }
}

async function stop(): Promise<void> {
  if (stopping.signal.aborted) return
  stopping.abort()
  setTimeout(() => {
    console.error('Muster could not stop in time; what was under way has been cut')
    process.exit(1)
  }, STOP_DEADLINE_MS).unref()
  const muster = await starting
  await muster?.stop()
  process.exit()
}

/** The state of the process is undefined: the database is stopped, and the process ends. */
function stopAfterMistake(mistake: unknown): void {
  console.error(
    'Muster stops because of a mistake of its own. Start it again, and please report this:',
  )
  console.error(mistake)
  process.exitCode = 1
  void stop()
}

process.on('uncaughtException', stopAfterMistake)
process.on('unhandledRejection', stopAfterMistake)
process.on('SIGINT', stop)
process.on('SIGTERM', stop)
// The terminal was closed. Node undoes what nohup has set, so there is nothing to respect.
process.on('SIGHUP', stop)
if (process.env.npm_lifecycle_event) onParentGone(stop)
