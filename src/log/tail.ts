import type pg from 'pg'
import { DatabaseClient } from '../db/client'
import { types } from '../db/connect'
import type { EventRow } from './event-row'
import { type StoredRow, toEventRow } from './history'
import { Ring } from './ring'
import { ageOf, type LastRead, PAGE_ROWS, readTailPage } from './tail-page'

const RING_BYTES = 32 * 1024 * 1024
const SAFETY_READ_MS = 2_000
const PING_MS = 15_000
const ANSWER_DEADLINE_MS = 5_000
const FIRST_RETRY_MS = 250
const LAST_RETRY_MS = 5_000

export interface TailOptions {
  /** A direct connection: LISTEN through a pooler in transaction mode hears nothing, silently. */
  url: string
  /** Called with at least one row, oldest first. What it throws costs no consumer a row. */
  onRows: (rows: EventRow[]) => void
  /**
   * Called before the rows that follow when rows were removed which this process had not read: all
   * that is known from rows has to be read again, from `cursor` on.
   */
  onGap?: (cursor: number) => void
  /** Hears what `onRows` or `onGap` threw: a mistake of theirs, not a lost connection. */
  onFault?: (error: Error, rows: readonly EventRow[]) => void
  /** `available` says whether the tail reads; called at each change only. */
  onStatus?: (available: boolean, error: Error | null) => void
  safetyReadMs?: number
  /** How much of the log's end is kept in memory. */
  ringBytes?: number
}

interface TailCounters {
  notices: number
  safetyReads: number
  /** Rows that a safety read found before any notice of them came. */
  foundBySafetyRead: number
  reconnects: number
  rows: number
  /** Rows that were removed before they had been read. */
  gaps: number
}

/**
 * The one reader of the log in this process: gives every committed row once, in the order of ids,
 * from the head at `start()` on. Notices wake it, the table is what it trusts: it listens first and
 * reads then, reads every two seconds whether woken or not, and goes on from its cursor when the
 * connection was lost.
 */
export class Tail {
  readonly counters: TailCounters = {
    notices: 0,
    safetyReads: 0,
    foundBySafetyRead: 0,
    reconnects: 0,
    rows: 0,
    gaps: 0,
  }
  lastRead: LastRead = { rows: 0, behindMs: 0 }
  readonly ring: Ring
  private cursor: number
  private client: pg.Client | null = null
  private reading = false
  private readAgain = false
  private stopped = false
  private available = false
  /** Before the last read that found the end of the log, by the monotonic clock. */
  private caughtUpAt = Number.NEGATIVE_INFINITY
  private failures = 0
  private breakOff: (() => void) | undefined
  private retry: NodeJS.Timeout | undefined
  private readonly timers: NodeJS.Timeout[] = []

  /** `head` is where to start: the newest id that the process has taken into account. */
  constructor(
    private readonly options: TailOptions,
    head: number,
  ) {
    this.cursor = head
    this.ring = new Ring(head, options.ringBytes ?? RING_BYTES)
  }

  /** The id of the newest row that was given out. */
  get head(): number {
    return this.cursor
  }

  get isAvailable(): boolean {
    return this.available
  }

  /** Whether everything that was committed more than `withinMs` ago has been given out. */
  isCaughtUp(withinMs: number): boolean {
    return this.available && performance.now() - this.caughtUpAt <= withinMs
  }

  /** Resolves after the first attempt to connect, whether or not it succeeded. */
  async start(): Promise<void> {
    this.timers.push(
      setInterval(() => this.safetyRead(), this.options.safetyReadMs ?? SAFETY_READ_MS),
      setInterval(() => this.ping(), PING_MS),
    )
    await this.connect()
  }

  async stop(): Promise<void> {
    this.stopped = true
    this.available = false
    clearTimeout(this.retry)
    for (const timer of this.timers) clearInterval(timer)
    const { client } = this
    this.client = null
    // pg never settles a connect that is ended half-way.
    this.breakOff?.()
    await client?.end().catch(ignoreLoss)
  }

  /** Reads now, as if a notice had come. */
  notify(): void {
    void this.read()
  }

  private async connect(): Promise<void> {
    if (this.stopped) return
    const client = new DatabaseClient({
      connectionString: this.options.url,
      types,
      application_name: 'muster tail',
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: ANSWER_DEADLINE_MS,
      query_timeout: ANSWER_DEADLINE_MS,
    })
    client.on('error', (error) => this.lose(client, error))
    client.on('end', () => this.lose(client, new Error('The connection was closed')))
    client.on('notification', () => {
      this.counters.notices++
      this.notify()
    })
    this.client = client
    const brokenOff = new Promise<void>((resolve) => {
      this.breakOff = resolve
    })
    try {
      await Promise.race([client.connect(), brokenOff])
      if (this.client !== client) return
      await client.query('LISTEN muster_events')
      if (this.client !== client) return
      this.report(true, null)
      await this.read()
      if (this.client === client) this.failures = 0
    } catch (error) {
      this.lose(client, asError(error))
    }
  }

  /** Gives up on a connection, once, and schedules the next one: 0.25 s doubling to 5 s, ±50 %. */
  private lose(client: pg.Client, error: Error): void {
    if (this.client !== client || this.stopped) return
    this.client = null
    this.reading = false
    client.end().catch(ignoreLoss)
    this.report(false, error)
    this.counters.reconnects++
    const delay = Math.min(FIRST_RETRY_MS * 2 ** this.failures++, LAST_RETRY_MS)
    this.retry = setTimeout(() => void this.connect(), delay * (0.5 + Math.random()))
  }

  /** One read at a time; a call meanwhile gets another one right after it. */
  private async read(): Promise<number> {
    const { client } = this
    if (!client || this.stopped) return 0
    if (this.reading) {
      this.readAgain = true
      return 0
    }
    this.reading = true
    let found = 0
    try {
      do {
        this.readAgain = false
        const readAt = performance.now()
        const { rows, trimmedThrough } = await readTailPage(client, this.cursor)
        if (this.client !== client) return found
        if (trimmedThrough > this.cursor) this.skipTo(trimmedThrough)
        found += rows.length
        if (rows.length === PAGE_ROWS) this.readAgain = true
        this.give(rows)
        if (rows.length < PAGE_ROWS) this.caughtUpAt = readAt
      } while (this.readAgain)
    } catch (error) {
      this.lose(client, asError(error))
      return found
    }
    this.reading = false
    return found
  }

  private skipTo(cursor: number): void {
    this.counters.gaps++
    this.cursor = cursor
    this.ring.skipTo(cursor)
    this.tell([], () => this.options.onGap?.(cursor))
  }

  private give(stored: StoredRow[]): void {
    const [first] = stored
    const last = stored.at(-1)
    if (!first || !last) return
    const rows = stored.map((row) => {
      const event = toEventRow(row)
      this.ring.push(event, row.data.length + row.summary.length)
      return event
    })
    this.cursor = last.id
    this.counters.rows += rows.length
    this.lastRead = { rows: rows.length, behindMs: ageOf(first) }
    this.tell(rows, () => this.options.onRows(rows))
  }

  private tell(rows: readonly EventRow[], call: () => void): void {
    try {
      call()
    } catch (error) {
      this.options.onFault?.(asError(error), rows)
    }
  }

  private async safetyRead(): Promise<void> {
    if (!this.available) return
    this.counters.safetyReads++
    const notices = this.counters.notices
    const found = await this.read()
    if (notices === this.counters.notices) this.counters.foundBySafetyRead += found
  }

  /** A link that died without a word is found here: pg gives no event for it. */
  private ping(): void {
    const { client } = this
    if (!client || !this.available) return
    client.query('SELECT 1').catch((error) => this.lose(client, asError(error)))
  }

  private report(available: boolean, error: Error | null): void {
    if (this.available === available && error === null) return
    const changed = this.available !== available
    this.available = available
    if (changed) this.options.onStatus?.(available, error)
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

/** The connection that is closed is lost anyway: there is nothing to report. */
function ignoreLoss(): void {}
