import type { ServerResponse } from 'node:http'
import { type CloseReason, Connection, type ConnectionOptions } from './connection'

/** Each family has a pool of its own, so that none can starve another. */
export const FAMILIES = ['events', 'v2', 'debates', 'pages'] as const
export type Family = (typeof FAMILIES)[number]

export interface ConnectionLimits {
  heartbeatMs: number
  stallMs: number
  rotateMs: number
  maxPerFamily: number
}

export interface OpenOptions {
  family: Family
  /** Who it is, for the log. */
  client: string
  /** The log-in that it is open under, and that ends it. */
  session?: { readonly id: string; readonly expiresAt: number } | null
  heartbeat?: () => string
  /** Every `heartbeatMs`, whatever else is written. */
  steadyHeartbeat?: boolean
  isPrivate?: boolean
  /** Where the family's heartbeat differs from the configured one. */
  heartbeatMs?: number
}

export interface ConnectionEvent {
  readonly kind: 'opened' | 'stalled' | 'rotated' | 'unauthorized' | 'gone'
  readonly family: Family
  readonly client: string
  readonly active: number
}

const TICK_MS = 1_000
const CLOSE_RETRY_MS = 1_000

/** All open streams of this process: their limits, their clock and their common end. */
export class Connections {
  private readonly open = new Map<Connection, OpenOptions>()
  private readonly counts = new Map<Family, number>(FAMILIES.map((family) => [family, 0]))
  private readonly bySession = new Map<string, Set<Connection>>()
  private readonly timer: NodeJS.Timeout
  private closing = false

  constructor(
    readonly limits: ConnectionLimits,
    private readonly report: (event: ConnectionEvent) => void,
  ) {
    this.timer = setInterval(() => this.tick(), Math.min(TICK_MS, limits.heartbeatMs / 4))
  }

  /** No stream is opened any more. */
  get isClosing(): boolean {
    return this.closing
  }

  count(family: Family): number {
    return this.counts.get(family) ?? 0
  }

  /** Bytes that wait in this process for slow clients. */
  buffered(family: Family): number {
    let bytes = 0
    for (const [connection, options] of this.open) {
      if (options.family === family) bytes += connection.bufferedBytes
    }
    return bytes
  }

  /** Takes a slot and opens the stream in one step; null, and nothing written, if all are taken. */
  tryOpen(response: ServerResponse, options: OpenOptions): Connection | null {
    const { family } = options
    if (this.closing || this.count(family) >= this.limits.maxPerFamily) return null
    this.counts.set(family, this.count(family) + 1)
    const connection = new Connection(response, this.connectionOptions(options))
    this.open.set(connection, options)
    if (options.session) this.index(options.session.id, connection)
    this.tell('opened', options)
    connection.onGone(() => this.remove(connection))
    return connection
  }

  /** Every log-in under which something is open, and when it ends by itself. */
  sessionsInUse(): Map<string, number> {
    const ends = new Map<string, number>()
    for (const { session } of this.open.values()) {
      if (session) ends.set(session.id, session.expiresAt)
    }
    return ends
  }

  /** Ends whatever is open under a log-in that is none any more. */
  endSession(id: string): void {
    for (const connection of this.bySession.get(id) ?? []) {
      const options = this.open.get(connection)
      if (!options || !connection.isOpen) continue
      connection.close('unauthorized')
      this.tell('unauthorized', options)
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
    const { heartbeatMs, stallMs, rotateMs } = this.limits
    return {
      heartbeatMs: options.heartbeatMs ?? heartbeatMs,
      stallMs,
      rotateMs: rotateMs * (0.8 + Math.random() * 0.4),
      retryMs: Math.round(CLOSE_RETRY_MS * Math.random()),
      ...(options.heartbeat && { heartbeat: options.heartbeat }),
      ...(options.steadyHeartbeat && { steadyHeartbeat: true }),
      ...(options.isPrivate && { isPrivate: true }),
    }
  }

  private tick(): void {
    const now = Date.now()
    for (const [connection, options] of this.open) {
      const end = connection.tick(now)
      if (end) this.tell(end, options)
    }
  }

  private remove(connection: Connection): void {
    const options = this.open.get(connection)
    if (!options) return
    this.open.delete(connection)
    if (options.session) this.unindex(options.session.id, connection)
    this.counts.set(options.family, this.count(options.family) - 1)
    this.tell('gone', options)
  }

  private index(session: string, connection: Connection): void {
    const known = this.bySession.get(session)
    if (known) known.add(connection)
    else this.bySession.set(session, new Set([connection]))
  }

  private unindex(session: string, connection: Connection): void {
    const known = this.bySession.get(session)
    known?.delete(connection)
    if (known?.size === 0) this.bySession.delete(session)
  }

  private tell(kind: ConnectionEvent['kind'], { family, client }: OpenOptions): void {
    this.report({ kind, family, client, active: this.count(family) })
  }
}
