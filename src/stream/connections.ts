import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { type CloseReason, Connection, type ConnectionOptions } from './connection'
import { FAMILIES, type Family, timesOf } from './families'
import type {
  ConnectionEvent,
  ConnectionFacts,
  ConnectionLimits,
  OpenOptions,
  StreamGrant,
} from './open-options'
import { Pool } from './pool'

export { type ConnectionEvent, type ConnectionLimits, FAMILIES, type Family, type OpenOptions }

/** What is known of an open connection besides itself. */
interface Entry {
  readonly id: string
  readonly options: OpenOptions
}

const TICK_MS = 1_000
const CLOSE_RETRY_MS = 1_000
/** So long that a client which had to make room does not push out another one at once. */
const BUSY_RETRY_MS = { min: 5_000, max: 30_000 }
/** Whose stream an administrator has ended stays away for as long as our page's client takes. */
const ENDED_RETRY_MS = 60_000

/** All open streams of this process: their limits, their clock and their common end. */
export class Connections {
  private readonly open = new Map<Connection, Entry>()
  private readonly pools: ReadonlyMap<Family, Pool<Connection>>
  /** Their places are another's already, and they still have to read the notice of their end. */
  private readonly leaving = new Set<Connection>()
  private readonly evictions = new Map<Family, number>()
  private readonly byGrant = new Map<string, Set<Connection>>()
  private readonly timer: NodeJS.Timeout
  private closing = false

  constructor(
    readonly limits: ConnectionLimits,
    private readonly report: (event: ConnectionEvent) => void,
  ) {
    this.pools = new Map(FAMILIES.map((family) => [family, new Pool(limits.maxPerFamily)]))
    this.timer = setInterval(() => this.tick(), Math.min(TICK_MS, limits.heartbeatMs / 4))
  }

  /** No stream is opened any more. */
  get isClosing(): boolean {
    return this.closing
  }

  count(family: Family): number {
    return this.poolOf(family).count
  }

  /** Whether the visitor would be given a stream of the family now. */
  hasRoom(family: Family, visitor: string): boolean {
    return !this.closing && this.poolOf(family).roomFor(visitor).kind !== 'full'
  }

  /** How many streams of a family had to make room for another visitor's, since the start. */
  evicted(family: Family): number {
    return this.evictions.get(family) ?? 0
  }

  /** Bytes that wait in this process for slow clients. */
  buffered(family: Family): number {
    return this.sum(family, (connection) => connection.bufferedBytes)
  }

  /** Bytes written to the connections that are open now; closed ones were counted at their end. */
  written(family: Family): number {
    return this.sum(family, (connection) => connection.bytesWritten)
  }

  /**
   * Takes a slot and opens the stream in one step; null, and nothing written, if all are taken. Where
   * the visitor holds less than its share of a full pool, the newest stream of the one who holds most
   * makes room.
   */
  tryOpen(response: ServerResponse, options: OpenOptions): Connection | null {
    const { family, visitor, about = {} } = options
    const pool = this.poolOf(family)
    const room = pool.roomFor(visitor)
    if (this.closing || room.kind === 'full') {
      const reason = this.closing ? 'stopping' : 'full'
      this.report({ kind: 'refused', reason, ...this.factsOf(options) })
      return null
    }
    if (room.kind === 'taken') this.evict(room.from)
    const connection = new Connection(response, this.connectionOptions(options))
    const entry: Entry = { id: randomUUID(), options }
    this.open.set(connection, entry)
    pool.take(visitor, connection)
    if (options.grant) this.index(options.grant.id, connection)
    this.report({ kind: 'opened', connection: entry.id, about, ...this.factsOf(options) })
    connection.onGone(() => this.remove(connection))
    return connection
  }

  /** Ends a stream because another visitor needs what it holds. Its place is free at once. */
  evict(connection: Connection): void {
    const entry = this.open.get(connection)
    if (!entry || !connection.isOpen) return
    const { family } = entry.options
    this.evictions.set(family, this.evicted(family) + 1)
    const { min, max } = BUSY_RETRY_MS
    connection.close('busy', Math.round(min + (max - min) * Math.random()))
    this.leave(connection, entry)
  }

  /** Every open stream, for the list of connections. */
  openStreams() {
    return [...this.open].flatMap(([connection, { id, options }]) => {
      if (!connection.isOpen) return []
      const { family, visitor, address = '', reads = '' } = options
      return [{ id, family, visitor, address, reads, openedAt: connection.openedAt }]
    })
  }

  /** Ends a stream because an administrator wants it ended; nothing happens where there is none. */
  endStream(id: string): void {
    for (const [connection, entry] of this.open) {
      if (entry.id !== id || !connection.isOpen) continue
      connection.close('busy', ENDED_RETRY_MS)
      connection.endReason = 'ended'
      this.leave(connection, entry)
    }
  }

  /** Everything that streams are open under, once for each text of what it allowed. */
  grantsInUse(): StreamGrant[] {
    const inUse = new Map<string, StreamGrant>()
    for (const { options } of this.open.values()) {
      const { grant } = options
      if (grant) inUse.set(`${grant.id} ${grant.allows}`, grant)
    }
    return [...inUse.values()]
  }

  /** Ends the streams that were opened under a grant while it allowed this. */
  endGrant(id: string, allows: string): void {
    for (const connection of this.byGrant.get(id) ?? []) {
      const grant = this.open.get(connection)?.options.grant
      if (grant?.allows === allows) connection.close('unauthorized')
    }
  }

  /** Sends every client a close notice; cuts those that did not take it within `deadlineMs`. */
  async closeAll(reason: CloseReason, deadlineMs: number): Promise<void> {
    this.closing = true
    clearInterval(this.timer)
    for (const connection of this.open.keys()) connection.close(reason)
    const deadline = Date.now() + deadlineMs
    while (this.open.size > 0 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    for (const connection of [...this.open.keys()]) connection.destroy()
  }

  private connectionOptions(options: OpenOptions): ConnectionOptions {
    return {
      visitor: options.visitor,
      ...timesOf(options.family, this.limits),
      retryMs: Math.round(CLOSE_RETRY_MS * Math.random()),
      ...(options.grant && { expiresAt: options.grant.expiresAt }),
      ...(options.heartbeat && { heartbeat: options.heartbeat }),
      ...(options.isPrivate && { isPrivate: true }),
    }
  }

  private tick(): void {
    const now = Date.now()
    for (const connection of this.open.keys()) connection.tick(now)
  }

  /**
   * Gives its place back before the client has read why. How many are on their way out is bounded as
   * well: beyond that the first is cut.
   */
  private leave(connection: Connection, { options }: Entry): void {
    this.poolOf(options.family).release(options.visitor, connection)
    this.leaving.add(connection)
    const [first] = this.leaving
    if (this.leaving.size > this.limits.maxPerFamily) first?.destroy()
  }

  private remove(connection: Connection): void {
    const entry = this.open.get(connection)
    if (!entry) return
    const { id, options } = entry
    this.open.delete(connection)
    this.leaving.delete(connection)
    if (options.grant) this.unindex(options.grant.id, connection)
    this.poolOf(options.family).release(options.visitor, connection)
    this.report({
      kind: 'closed',
      connection: id,
      reason: connection.endReason,
      durationMs: Date.now() - connection.openedAt,
      bytes: connection.bytesWritten,
      ...this.factsOf(options),
    })
  }

  private index(grant: string, connection: Connection): void {
    const known = this.byGrant.get(grant)
    if (known) known.add(connection)
    else this.byGrant.set(grant, new Set([connection]))
  }

  private unindex(grant: string, connection: Connection): void {
    const known = this.byGrant.get(grant)
    known?.delete(connection)
    if (known?.size === 0) this.byGrant.delete(grant)
  }

  private poolOf(family: Family): Pool<Connection> {
    const pool = this.pools.get(family)
    if (!pool) throw new Error(`There is no family ${family}`)
    return pool
  }

  private sum(family: Family, bytesOf: (connection: Connection) => number): number {
    let bytes = 0
    for (const [connection, { options }] of this.open) {
      if (options.family === family) bytes += bytesOf(connection)
    }
    return bytes
  }

  private factsOf({ family, client }: OpenOptions): ConnectionFacts {
    return { family, client, active: this.count(family) }
  }
}
