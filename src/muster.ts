import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { type Logger, pino } from 'pino'
import packageJson from '../package.json' with { type: 'json' }
import { createApp } from './app'
import type { Config } from './config'
import { connectDatabase } from './db/connect'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './db/embedded'
import { migrate } from './db/migrate'
import { projectPath } from './db/project-path'
import { Recorder } from './fleet/recorder'
import { Roster } from './fleet/roster'
import { SWEEP_MS, Sweep } from './fleet/sweep'
import { judgeCursor } from './log/cursor'
import { readAfter, readBounds } from './log/history'
import { Tail } from './log/tail'
import { createPage } from './pages/create-page'
import { loadAssets } from './routes/assets'
import type { Services } from './routes/services'
import { Connections } from './stream/connections'
import { LogStreams } from './stream/log-streams'
import { PageStreams } from './stream/page-streams'

const POOL_SIZE = 8
/** A statement that takes longer than this is given up, here and in the database. */
const STATEMENT_TIMEOUT_MS = 10_000
const LOCK_TIMEOUT_MS = 4_000
const ROTATE_MS = 600_000
/** The parts of the five seconds that a stop may take. */
const STREAMS_CLOSE_MS = 1_500
const FORGET_MS = 60_000

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
export async function startMuster(config: Config): Promise<Muster> {
  const startedAt = Date.now()
  const log = pino({ level: config.logLevel }, pino.destination({ dest: 2, sync: false }))
  const cleanups: (() => Promise<void> | void)[] = []
  const stop = async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  }
  try {
    return await startParts(config, log, startedAt, cleanups, stop)
  } catch (error) {
    await stop()
    throw error
  }
}

async function startParts(
  config: Config,
  log: Logger,
  startedAt: number,
  cleanups: (() => Promise<void> | void)[],
  stop: () => Promise<void>,
): Promise<Muster> {
  const embedded = config.databaseUrl === null ? await startDatabase(config, log) : null
  if (embedded) cleanups.push(() => embedded.stop())
  const url = config.databaseUrl ?? embedded?.url ?? ''
  await migrate(url)

  const onIdleError = (err: Error) => log.warn({ err }, 'a database connection was lost')
  const db = connectDatabase(url, { max: POOL_SIZE, onIdleError })
  cleanups.push(() => db.destroy())
  const writing = connectDatabase(url, {
    max: 2,
    onIdleError,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    lockTimeoutMs: LOCK_TIMEOUT_MS,
  })
  cleanups.push(() => writing.destroy())

  const { head } = await readBounds(db)
  const roster = new Roster(db)
  await roster.load()
  const recorder = new Recorder(writing)
  cleanups.push(() => recorder.close())

  const tail = new Tail(
    {
      url: config.databaseListenUrl ?? url,
      onRows: (rows) => {
        logStreams.deliver(rows)
        pageStreams.deliver(rows)
      },
      onStatus: (available, err) => {
        log[available ? 'info' : 'warn']({ err }, available ? 'reading the log' : 'the log is away')
        const notice = JSON.stringify({
          error_type: available ? 'database_back' : 'database_away',
          message: available
            ? 'The database is back; what was missed follows'
            : 'The database cannot be reached; events will follow when it is back',
        })
        logStreams.notify('error', notice)
        pageStreams.notify('error', notice)
      },
    },
    head,
  )
  const logStreams = new LogStreams(
    {
      get head() {
        return tail.head
      },
      recentAfter: (cursor, limit) => tail.ring.after(cursor, limit),
      storedAfter: (cursor, options) => readAfter(db, cursor, options),
    },
    (err) => log.error({ err }, 'a stream could not be served'),
  )
  let address = ''
  const pageStreams = new PageStreams(
    {
      createPage: (topic) => createPage(topic, { db, roster, address }),
      refresh: (rows) => roster.refresh(rows),
      someRecent: (cursor, test) => tail.ring.someAfter(cursor, test),
      onError: (err) => log.error({ err }, 'pages could not be brought up to date'),
    },
    head,
  )
  cleanups.push(() => pageStreams.stop())
  await tail.start()
  cleanups.push(() => tail.stop())
  cleanups.push(startSweep(new Sweep(writing), roster, log))

  const { sse } = config
  const connections = new Connections(
    {
      heartbeatMs: sse.heartbeatIntervalSeconds * 1_000,
      stallMs: sse.connectionTimeoutSeconds * 1_000,
      rotateMs: ROTATE_MS,
      maxPerFamily: sse.maxConnections,
    },
    ({ kind, ...event }) => log.info(event, `stream ${kind}`),
  )
  const services: Services = {
    config,
    log,
    db,
    recorder,
    roster,
    tail,
    connections,
    logStreams,
    pageStreams,
    judgeCursor: (text) => judgeCursor(text, { head: tail.head, ring: tail.ring, db }),
    assets: loadAssets(projectPath('dist', 'assets')),
    version: packageJson.version,
    startedAt,
  }
  const server = await listen(config, services)
  cleanups.push(() => closeServer(server))
  cleanups.push(() => connections.closeAll('shutdown', STREAMS_CLOSE_MS))
  address = addressOf(server, config)
  await embedded?.setAddress(address)
  return { address, notes: embedded?.notes ?? [], services, stop }
}

function startDatabase(config: Config, log: Logger): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ dataDir: config.dataDir, log: (message) => log.info(message) })
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

function listen(config: Config, services: Services): Promise<Server> {
  const app = createApp(services)
  // Node's own Response stays in place: streams that write to the raw response break under the
  // adapter's replacement as soon as a middleware touches their headers.
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false })
  // Keep-alive finds peers that vanished without a word: the first probe after 4 s of silence.
  const server = createServer({ keepAlive: true, keepAliveInitialDelay: 4_000 }, listener)
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, config)))
    server.listen(config.port, config.host, () => resolve(server))
  })
}

function listenError(error: NodeJS.ErrnoException, { host, port }: Config): Error {
  if (error.code === 'EADDRINUSE') {
    return new Error(
      `Port ${port} on ${host} is in use: stop what runs there, or set PORT to another one.`,
    )
  }
  return new Error(`Muster cannot listen on ${host}:${port}: ${error.message}. Set HOST or PORT.`)
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

function addressOf(server: Server, { host }: Config): string {
  const { port } = server.address() as AddressInfo
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
