import type { Access } from './access/access'
import { Busy, FairSemaphore, type RunOptions, type ShareKey } from './concurrency/fair-semaphore'
import type { Database } from './db/connect'
import { type DatabaseNotice, DatabaseNotices } from './db/database-notices'
import { databaseFault } from './db/errors'
import { runAsReader } from './db/reader'
import { storedInDebates } from './debates/source'
import { NotFound } from './errors/app-error'
import { filterSql } from './filter/sql'
import { isMerger, type Roster } from './fleet/roster'
import { logConnection } from './http/connection-log'
import { createFanOut } from './log/fan-out'
import { readAfter } from './log/history'
import { namesOf } from './log/named-rows'
import { SearchIndex } from './log/search-index'
import { Tail } from './log/tail'
import type { PageSource } from './pages/topic'
import { ViewWatch } from './saved-views/view-watch'
import type { Start } from './start'
import { readMetrics } from './stats/metrics'
import { Connections } from './stream/connections'
import { ROTATE_MS } from './stream/families'
import type { LogSource } from './stream/log-source'
import { LogStreams, type LogStreamsOptions } from './stream/log-streams'
import { MetricStreams } from './stream/metric-streams'
import { MAX_LOADS, PageStreams } from './stream/page-streams'
import { REPLAYS_AT_ONCE } from './stream/replays'

interface StreamParts {
  readonly url: string
  readonly db: Database
  readonly forPages: Database
  readonly head: number
  readonly roster: Roster
  readonly place: { readonly address: string }
  readonly access: Access
}

/** The reading half: the tail of the log, and all who watch. */
export async function openStreams(start: Start, parts: StreamParts) {
  const { log, shutdown } = start
  const { db, head, access } = parts
  const tail = new Tail(
    {
      url: start.config.databaseListenUrl ?? parts.url,
      onRows: (rows) => deliver(rows),
      onGap: (cursor) => {
        log.warn({ cursor }, 'events were removed before they had been read')
        access.invalidate()
        rowStreams.logStreams.deliver([])
        rowStreams.debateStreams.deliver([])
        pages.pageStreams.skipTo(cursor)
      },
      onFault: (err, rows) => {
        log.error({ err, ...namesOf(rows) }, 'new events could not be handed on')
      },
      onStatus: (available, err) => {
        log[available ? 'info' : 'warn']({ err }, available ? 'reading the log' : 'the log is away')
        notices.setAvailable(available)
        pages.pageStreams.freshness.setAvailable(available)
      },
    },
    head,
  )
  const rowStreams = createRowStreams(start, tail, db)
  const connections = createConnections(start)
  const viewWatch = new ViewWatch()
  const pages = createPageStreams(start, parts, connections, viewWatch)
  const searchIndex = new SearchIndex({
    db,
    onError: (err) => log.warn({ err }, 'the log could not be indexed for the search'),
  })
  const { logStreams, debateStreams } = rowStreams
  const { pageStreams } = pages
  const deliver = createFanOut(
    [
      { take: (rows) => access.deliver(rows), recover: () => access.invalidate() },
      { take: (rows) => logStreams.deliver(rows) },
      { take: (rows) => debateStreams.deliver(rows) },
      { take: (rows) => viewWatch.deliver(rows) },
      {
        take: (rows) => pageStreams.deliver(rows),
        recover: (through) => pageStreams.skipTo(through),
      },
      { take: () => searchIndex.notify() },
    ],
    (err, rows) => log.error({ err, ...namesOf(rows) }, 'new events could not be handed on'),
  )
  const tellPages = (notice: DatabaseNotice) =>
    pages.pageStreams.notify('error', JSON.stringify(notice))
  const notices = new DatabaseNotices({
    tellPages,
    tellAll: (notice) => {
      const timestamp = new Date().toISOString()
      rowStreams.logStreams.notify('error', JSON.stringify(notice))
      rowStreams.debateStreams.notify('error', JSON.stringify({ ...notice, timestamp }))
      tellPages(notice)
    },
  })
  shutdown.add('the notices', async () => notices.stop())
  shutdown.add('the search index', () => searchIndex.stop())
  shutdown.add('the metrics', async () => pages.metricStreams.stop())
  shutdown.add('the pages', () => pages.pageStreams.stop())
  await tail.start()
  shutdown.add('the tail', () => tail.stop())
  shutdown.add('the clock of the streams', () => connections.closeAll('shutdown', 0))
  return { tail, notices, ...rowStreams, ...pages, viewWatch, connections }
}

/** Streams of rows. What a debate's readers have missed is in its transcript, which is never trimmed. */
function createRowStreams({ log, telemetry }: Start, tail: Tail, db: Database) {
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
    permits: new ReaderSemaphore({ atOnce: REPLAYS_AT_ONCE }),
  }
  return {
    logStreams: new LogStreams(
      source((cursor, { filter, ...page }) =>
        readAfter(db, cursor, { ...page, where: filterSql(filter) }),
      ),
      observers,
    ),
    debateStreams: new LogStreams(source(storedInDebates(db)), observers),
  }
}

/** Work that has its permit as a visitor reads the database as that visitor too. */
class ReaderSemaphore extends FairSemaphore {
  override run<T>(visitor: ShareKey, work: () => Promise<T>, options?: RunOptions): Promise<T> {
    return super.run(visitor, () => runAsReader(visitor, work), options)
  }
}

/** Streams of what is made of rows: pages, and metrics. */
function createPageStreams(
  { log, telemetry }: Start,
  { db, forPages, head, roster, place }: StreamParts,
  connections: Connections,
  viewWatch: ViewWatch,
) {
  const metricStreams = new MetricStreams({
    compute: async (filter, visitor) => ({
      ...(await runAsReader(visitor, () => readMetrics({ db, roster }, filter))),
      connections: connections.count('v2'),
    }),
    onError: (err) => log.warn({ err }, 'metrics could not be read, and are tried again'),
  })
  const pageStreams = new PageStreams(
    {
      refresh: async (rows) => {
        await roster.refresh(rows)
        metricStreams.invalidate()
        if (rows.some(isMerger)) viewWatch.regroup()
      },
      reload: async () => {
        await roster.load()
        viewWatch.regroup()
      },
      evict: (connection) => connections.evict(connection),
      // One is left for others, whatever one visitor looks at.
      loads: new ReaderSemaphore({
        atOnce: MAX_LOADS,
        atOncePerKey: MAX_LOADS - 1,
        maxWaiting: 500,
      }),
      isPassing: (error) =>
        error instanceof Busy || ['away', 'conflict'].includes(databaseFault(error)),
      isMissing: (error) => error instanceof NotFound,
      onError: (err, rows) =>
        log.error({ err, ...namesOf(rows) }, 'pages could not be brought up to date'),
      onFlush: (ms) => telemetry.streams.onFlush(ms),
    },
    head,
  )
  const pageSource: PageSource = {
    db: forPages,
    roster,
    // It is known once the server listens.
    get address() {
      return place.address
    },
  }
  return { metricStreams, pageStreams, pageSource }
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
