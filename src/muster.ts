import { pino } from 'pino'
import packageJson from '../package.json' with { type: 'json' }
import { Access } from './access/access'
import { Presence } from './access/presence'
import { requireAuthentication } from './access/require-authentication'
import { createApp } from './app'
import type { Config } from './config/load'
import { projectPath } from './config/project-path'
import { connectDatabase, type Database } from './db/connect'
import type { DatabaseNotices } from './db/database-notices'
import { runAsReader } from './db/reader'
import { TroubleWatch } from './db/trouble-watch'
import { readLastRestore } from './debates/cursor'
import { loadAssets } from './http/assets'
import { serveHttp } from './http/http-server'
import type { Services } from './http/services'
import { BodyDecoder } from './ingest/decode/body-decoder'
import { resolveCursor } from './log/cursor'
import { readBounds } from './log/history'
import { SharedQuery } from './log/shared-look'
import { type OpenDatabase, openDatabase } from './open-database'
import { openFleet } from './open-fleet'
import { openStreams } from './open-streams'
import { Shutdown } from './process/shutdown'
import { Telemetry } from './prometheus/prometheus'
import { ANSWERS_MS, type Start, type StartOptions } from './start'
import type { Connections } from './stream/connections'

/** A part of the five seconds that a stop may take. */
const STREAMS_CLOSE_MS = 1_200
/** The queries that look for blocked transactions must not wait for long themselves. */
const TROUBLE_TIMEOUT_MS = 2_000

export interface Muster {
  /** Where it is reached: `http://127.0.0.1:4690`. */
  readonly address: string
  /** What people should know about this start. */
  readonly notes: readonly string[]
  readonly services: Services
  /** Ends everything that was started, the database child included, within 5 s. */
  stop(): Promise<void>
}

/** Starts a whole Muster. Rejects with an error whose message is for people. */
export async function startMuster(config: Config, options: StartOptions = {}): Promise<Muster> {
  const log =
    options.log ?? pino({ level: config.logLevel }, pino.destination({ dest: 2, sync: false }))
  const telemetry = new Telemetry()
  const shutdown = new Shutdown((step, err) =>
    log.warn({ err }, `${step} did not end as it should`),
  )
  try {
    return await startParts({ ...options, config, log, telemetry, shutdown })
  } catch (error) {
    await shutdown.run()
    throw error
  }
}

async function startParts(start: Start): Promise<Muster> {
  const { config, log, telemetry } = start
  const startedAt = Date.now()
  const database = await openDatabase(start)
  const { db } = database
  const { head } = await readBounds(db)
  const fleet = await openFleet(start, database)
  const place = { address: '' }
  const access = await Access.open(config, db)
  requireAuthentication(config, access)
  const parts = { ...database, head, roster: fleet.roster, place, access }
  const streams = await openStreams(start, parts)
  // What many wait for must not stand in the line of the visitor who asked first.
  const bounds = new SharedQuery(() => runAsReader(null, () => readBounds(db)))
  const restores = new SharedQuery(() => runAsReader(null, () => readLastRestore(db)))
  telemetry.watch({ ...fleet, ...streams, bounds })
  const troubleWatch = openTroubleWatch(start, database, { ...fleet, ...streams })
  watchAccess(start, access, streams)
  telemetry.watchAccess(access)
  const presence = openPresence(start, db, streams.connections)
  const services: Services = {
    config,
    log,
    telemetry,
    db,
    writing: database.writing,
    access,
    presence,
    troubleWatch,
    ...fleet,
    ...streams,
    bodies: openBodies(start),
    readBounds: () => bounds.read(),
    resolveCursor: (text, { isUrgent = false } = {}) =>
      resolveCursor(text, {
        head: streams.tail.head,
        ring: streams.tail.ring,
        readBounds: () => (isUrgent ? bounds.read() : bounds.readPatiently()),
      }),
    readLastRestore: () => restores.readPatiently(),
    assets: loadAssets(projectPath('dist', 'assets')),
    version: packageJson.version,
    startedAt,
  }
  const address = await openHttp(start, services)
  place.address = config.publicUrl?.origin ?? address
  await database.setAddress(address)
  return { address, notes: database.notes, services, stop: () => start.shutdown.run() }
}

/** Why the database takes no reports, where that is to be known. */
function openTroubleWatch(
  { log, shutdown }: Start,
  { url, folder }: OpenDatabase,
  { recorder, tail, notices }: Pick<Services, 'recorder' | 'tail'> & { notices: DatabaseNotices },
): TroubleWatch {
  const db = connectDatabase(url, { max: 1, statementTimeoutMs: TROUBLE_TIMEOUT_MS })
  const watch = new TroubleWatch({
    db,
    folder,
    isAvailable: () => tail.isAvailable,
    writingSince: () => recorder.writingSince,
    onChange: (trouble) => {
      if (trouble) log.warn({ trouble }, trouble.message)
      else log.info('the database takes reports again')
      notices.setTrouble(trouble)
    },
  })
  shutdown.add('the watch for trouble', async () => {
    watch.stop()
    await db.destroy()
  })
  return watch
}

/** Where what is sent becomes reports. */
function openBodies({ config, shutdown, decodeWorker }: Start): BodyDecoder {
  const file = decodeWorker ?? projectPath('dist', 'decode-worker.js')
  const bodies = new BodyDecoder(config.redact, file)
  shutdown.add('the workers', () => bodies.close())
  return bodies
}

/** Ends the streams of login sessions and tokens with these. */
function watchAccess(
  { log, shutdown }: Start,
  { watch }: Access,
  { connections, tail }: Pick<Services, 'connections' | 'tail'>,
): void {
  watch.start({
    streams: connections,
    isCaughtUp: (withinMs) => tail.isCaughtUp(withinMs),
    onError: (err) => log.warn({ err }, 'tokens and logins could not be looked at'),
  })
  shutdown.add('the tokens and logins', () => watch.stop())
}

/** The list of connections, shared among processes. */
function openPresence({ log, shutdown }: Start, db: Database, connections: Connections): Presence {
  const onError = (err: unknown) => log.warn({ err }, 'who is connected could not be written down')
  const presence = new Presence(db, connections, onError)
  shutdown.add('the list of who is connected', () => presence.stop())
  return presence
}

async function openHttp({ config, shutdown }: Start, services: Services): Promise<string> {
  const server = await serveHttp(createApp(services), config, services.access)
  const end = async () => {
    server.stopAccepting()
    await services.connections.closeAll('shutdown', STREAMS_CLOSE_MS)
    await server.close(ANSWERS_MS)
  }
  shutdown.add('the server', end, STREAMS_CLOSE_MS + ANSWERS_MS + 300)
  return server.address
}
