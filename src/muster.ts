import { type Logger, pino } from 'pino'
import packageJson from '../package.json' with { type: 'json' }
import { Access } from './access/access'
import { watchGrants } from './access/grant-watch'
import { requireDoor } from './access/require-door'
import { createApp } from './app'
import type { Config } from './config/load'
import { logConnection } from './connection-log'
import { connectDatabase, type Database } from './db/connect'
import { startEmbeddedPostgres } from './db/embedded/start'
import { migrate } from './db/migrate'
import { projectPath } from './db/project-path'
import { waitForDatabase } from './db/wait-for-database'
import { storedInDebates } from './debates/source'
import { Recorder } from './fleet/recorder'
import { Roster } from './fleet/roster'
import { SWEEP_MS, Sweep } from './fleet/sweep'
import { serveHttp } from './http-server'
import { createRedaction } from './ingest/redact'
import { judgeCursor } from './log/cursor'
import type { EventRow } from './log/event-row'
import { readAfter, readBounds } from './log/history'
import { namesOf } from './log/named-rows'
import { Retention } from './log/retention'
import { SearchIndex } from './log/search-index'
import { Tail } from './log/tail'
import { readMetrics } from './metrics/metrics'
import { createPage, topicOf } from './pages/create-page'
import { startRetention } from './retention-job'
import { loadAssets } from './routes/assets'
import type { Services } from './routes/services'
import { ViewWatch } from './saved-views/view-watch'
import { Shutdown } from './shutdown'
import { Connections } from './stream/connections'
import { type LogSource, LogStreams, type LogStreamsOptions } from './stream/log-streams'
import { MetricStreams } from './stream/metric-streams'
import { PageStreams } from './stream/page-streams'
import { Telemetry } from './telemetry/telemetry'

const POOL_SIZE = 8
/** Reports have one of them at a time, and the clock another. */
const WRITING_POOL_SIZE = 4
/** A statement that takes longer than this is given up, here and in the database. */
const STATEMENT_TIMEOUT_MS = 10_000
const LOCK_TIMEOUT_MS = 4_000
const ROTATE_MS = 600_000
const FORGET_MS = 60_000
/** The parts of the five seconds that a stop may take. */
const STREAMS_CLOSE_MS = 1_200
const ANSWERS_MS = 800
const DATABASE_STOP_MS = 4_500

export interface Muster {
  /** Where it is reached: `http://127.0.0.1:4690`. */
  readonly address: string
  /** What people should know about this start. */
  readonly notes: readonly string[]
  readonly services: Services
  /** Ends everything that was started, the database child included, within 5 s. */
  stop(): Promise<void>
}

export interface StartOptions {
  /** Hears what people should know while the start takes its time. */
  tell?: (message: string) => void
  /** Breaks off a start; what was started is ended. */
  signal?: AbortSignal
  /** In place of one that writes to standard error. */
  log?: Logger
}

/** What every part is started with. */
interface Start extends StartOptions {
  readonly config: Config
  readonly log: Logger
  readonly telemetry: Telemetry
  readonly shutdown: Shutdown
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
  const streams = await openStreams(start, { ...database, head, roster: fleet.roster, place })
  telemetry.watch({ ...fleet, ...streams })
  const access = await openAccess(start, db, streams.connections)
  const services: Services = {
    config,
    log,
    telemetry,
    db,
    writing: database.writing,
    access,
    ...fleet,
    ...streams,
    redact: createRedaction(config.redact),
    judgeCursor: (text) =>
      judgeCursor(text, { head: streams.tail.head, ring: streams.tail.ring, db }),
    assets: loadAssets(projectPath('dist', 'assets')),
    version: packageJson.version,
    startedAt,
  }
  const address = await openHttp(start, services)
  place.address = config.publicUrl?.origin ?? address
  await database.setAddress(address)
  return { address, notes: database.notes, services, stop: () => start.shutdown.run() }
}

interface OpenDatabase {
  readonly url: string
  /** For whoever reads. */
  readonly db: Database
  /** For transactions of ours: they must not hold the log for long. */
  readonly writing: Database
  readonly notes: readonly string[]
  setAddress(address: string): Promise<void>
}

async function openDatabase(start: Start): Promise<OpenDatabase> {
  const { config, log, shutdown } = start
  const { url, notes, setAddress } = config.databaseUrl
    ? await findPostgres(config.databaseUrl, start)
    : await startOwnPostgres(start)
  await migrate(url)
  const onIdleError = (err: Error) => log.warn({ err }, 'a database connection was lost')
  const db = connectDatabase(url, { max: POOL_SIZE, onIdleError })
  shutdown.add('the reading connections', () => db.destroy())
  const writing = connectDatabase(url, {
    max: WRITING_POOL_SIZE,
    onIdleError,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    lockTimeoutMs: LOCK_TIMEOUT_MS,
  })
  shutdown.add('the writing connections', () => writing.destroy())
  return { url, db, writing, notes, setAddress }
}

async function findPostgres(url: string, { tell = () => {}, signal }: Start) {
  await waitForDatabase(url, { tell, ...(signal && { signal }) })
  return { url, notes: [], setAddress: async () => {} }
}

async function startOwnPostgres({ config, log, shutdown, signal }: Start) {
  const server = await startEmbeddedPostgres({
    dataDir: config.dataDir,
    log: (message) => log.info(message),
    ...(signal && { signal }),
  })
  shutdown.add('PostgreSQL', () => server.stop(), DATABASE_STOP_MS)
  return server
}

/** Who reports and what that means: the writing half. */
async function openFleet(start: Start, { db, writing }: OpenDatabase) {
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

interface StreamParts {
  readonly url: string
  readonly db: Database
  readonly head: number
  readonly roster: Roster
  readonly place: { readonly address: string }
}

/** The reading half: the tail of the log, and all who watch. */
async function openStreams(start: Start, parts: StreamParts) {
  const { config, log, telemetry, shutdown } = start
  const { url, db, head, roster, place } = parts
  const tail = new Tail(
    {
      url: config.databaseListenUrl ?? url,
      onRows: (rows) => deliver(rows),
      onGap: (cursor) => {
        log.warn({ cursor }, 'events were removed before they had been read')
        logStreams.deliver([])
        debateStreams.deliver([])
        pageStreams.skipTo(cursor)
      },
      onFault: (err, rows) => {
        log.error({ err, ...namesOf(rows) }, 'new events could not be handed on')
      },
      onStatus: (available, err) => {
        log[available ? 'info' : 'warn']({ err }, available ? 'reading the log' : 'the log is away')
        notify(available)
      },
    },
    head,
  )
  const source = (storedAfter: LogSource['storedAfter']): LogSource => ({
    get head() {
      return tail.head
    },
    recentAfter: (cursor, limit) => tail.ring.after(cursor, limit),
    storedAfter,
  })
  const observers: LogStreamsOptions = {
    onError: (err) => log.warn({ err }, 'a replay failed, and is tried again'),
    onRowFault: (err, row) => log.error({ err, ...namesOf([row]) }, 'an event cannot be encoded'),
    onSent: (...sent) => telemetry.streams.onSent(...sent),
  }
  const logStreams = new LogStreams(
    source((cursor, options) => readAfter(db, cursor, options)),
    observers,
  )
  const debateStreams = new LogStreams(source(storedInDebates(db)), observers)
  const pageStreams = new PageStreams(
    {
      topicOf,
      createPage: (key) => createPage(key, { db, roster, address: place.address }),
      refresh: async (rows) => {
        await roster.refresh(rows)
        metricStreams.touch()
      },
      reload: () => roster.load(),
      onError: (err, rows) =>
        log.error({ err, ...namesOf(rows) }, 'pages could not be brought up to date'),
      onFlush: (ms) => telemetry.streams.onFlush(ms),
    },
    head,
  )
  const metricStreams = new MetricStreams({
    compute: async (filter) => ({
      ...(await readMetrics({ db, roster }, filter)),
      connections: connections.count('v2'),
    }),
    onError: (err) => log.warn({ err }, 'metrics could not be read, and are tried again'),
  })
  shutdown.add('the metrics', async () => metricStreams.stop())
  const viewWatch = new ViewWatch()
  const connections = createConnections(start)
  const searchIndex = new SearchIndex({
    db,
    onError: (err) => log.warn({ err }, 'the log could not be indexed for the search'),
  })
  shutdown.add('the search index', () => searchIndex.stop())
  const deliver = (rows: EventRow[]) => {
    logStreams.deliver(rows)
    debateStreams.deliver(rows)
    viewWatch.deliver(rows)
    pageStreams.deliver(rows)
    searchIndex.wake()
  }
  const notify = (isAvailable: boolean) => {
    const facts = isAvailable ? DATABASE_BACK : DATABASE_AWAY
    const notice = JSON.stringify(facts)
    logStreams.notify('error', notice)
    const timestamp = new Date().toISOString()
    debateStreams.notify('error', JSON.stringify({ ...facts, timestamp }))
    pageStreams.notify('error', notice)
  }
  shutdown.add('the pages', () => pageStreams.stop())
  await tail.start()
  shutdown.add('the tail', () => tail.stop())
  shutdown.add('the clock of the streams', () => connections.closeAll('shutdown', 0))
  return { tail, logStreams, debateStreams, pageStreams, metricStreams, viewWatch, connections }
}

/** Who may come in; what is open under a log-in ends with it. */
async function openAccess(
  { config, log, shutdown }: Start,
  db: Database,
  connections: Connections,
): Promise<Access> {
  const access = await Access.open(config, db)
  requireDoor(config, access)
  const onError = (err: unknown) => log.warn({ err }, 'tokens and log-ins could not be looked at')
  const look = (ids: readonly string[]) => access.lookAtGrants(ids)
  shutdown.add('the tokens and log-ins', watchGrants(look, connections, onError))
  return access
}

const DATABASE_AWAY = {
  error_type: 'database_away',
  message: 'The database cannot be reached; events will follow when it is back',
}
const DATABASE_BACK = {
  error_type: 'database_back',
  message: 'The database is back; what was missed follows',
}

function createConnections({ config: { sse }, log, telemetry }: Start): Connections {
  const limits = {
    heartbeatMs: sse.heartbeatIntervalSeconds * 1_000,
    stallMs: sse.connectionTimeoutSeconds * 1_000,
    rotateMs: ROTATE_MS,
    maxPerFamily: sse.maxConnections,
  }
  return new Connections(limits, (event) => {
    telemetry.streams.onConnection(event)
    logConnection(log, event)
  })
}

function startSweep(sweep: Sweep, roster: Roster, log: Logger): () => Promise<void> {
  let running: Promise<void> = Promise.resolve()
  let forgottenAt = Date.now()
  const run = async () => {
    await sweep.run().catch((err: unknown) => log.warn({ err }, 'the clock could not be applied'))
    if (Date.now() - forgottenAt < FORGET_MS) return
    forgottenAt = Date.now()
    roster.forgetOld(forgottenAt)
  }
  const timer = setInterval(() => {
    running = running.then(run)
  }, SWEEP_MS)
  return async () => {
    clearInterval(timer)
    await running
  }
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
