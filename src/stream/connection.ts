import type { ServerResponse } from 'node:http'
import { encodeFrame, HEARTBEAT, RETRY } from './frame'

export type CloseReason = 'shutdown' | 'rotate' | 'unauthorized' | 'deleted' | 'busy'
/** Why a connection is over: the client went, or what was done to it. */
export type EndReason =
  | 'client'
  | 'stalled'
  | 'rotated'
  | 'finished'
  /** The server cut it without a notice: its page is gone, or has no room any more. */
  | 'dropped'
  /** An administrator has ended it. */
  | 'ended'
  | Exclude<CloseReason, 'rotate'>

export interface ConnectionTimes {
  /** Silence after which the client is sent a sign of life. */
  heartbeatMs: number
  /** A socket that takes nothing for so long is given up. */
  stallMs: number
  /** The stream ends by itself after this long; the client resumes. */
  rotateMs: number
}

export interface ConnectionOptions extends ConnectionTimes {
  /** Whose it is. */
  visitor?: string
  /** What is written after `heartbeatMs` of silence; the default is a comment. */
  heartbeat?: () => string
  /** Every `heartbeatMs`, whatever else is written. */
  steadyHeartbeat?: boolean
  /** Its content is private to the visitor: proxies must not cache it. */
  isPrivate?: boolean
  /** How long the client should wait before it comes back after a close notice. */
  retryMs: number
  /** When what it was opened with is valid no longer, as Unix time in ms. */
  expiresAt?: number
}

/** What an answer says of itself that is a stream, or would be one. */
export function streamHeaders({ isPrivate = false }: { isPrivate?: boolean }) {
  return {
    'Content-Type': 'text/event-stream',
    'Cache-Control': `${isPrivate ? 'no-store' : 'no-cache'}, no-transform`,
    'X-Accel-Buffering': 'no',
  }
}

/** How long a client may take to read the close notice before it is cut. */
const LAST_WORDS_MS = 5_000
/** A client that lost its rights gets no more than this long for bytes already under way. */
const UNAUTHORIZED_LAST_WORDS_MS = 1_000

/**
 * One client's open stream, on the raw response: what is written is not copied, and the result of
 * every write is respected. Never throws for a client that is gone.
 */
export class Connection {
  readonly openedAt = Date.now()
  /** Bytes that were written so far, whether or not the client has taken them. */
  bytesWritten = 0
  /** Right as soon as the connection is over. */
  endReason: EndReason = 'client'
  private lastWriteAt = this.openedAt
  private lastHeartbeatAt = this.openedAt
  private blockedSince: number | null = null
  private drained: (() => void) | null = null
  private readonly goneListeners: (() => void)[] = []
  private readonly endListeners: (() => void)[] = []
  private ended = false
  private closedAt: number | null = null
  private lastWordsMs = LAST_WORDS_MS

  constructor(
    private readonly response: ServerResponse,
    private readonly options: ConnectionOptions,
  ) {
    // Before anything else: a client that leaves while we await something must not stay for ever.
    response.on('close', () => this.markGone())
    response.on('error', () => this.markGone())
    response.on('drain', () => this.unblock())
    response.writeHead(200, { ...streamHeaders(options), Connection: 'keep-alive' })
    this.write(RETRY)
  }

  get visitor(): string {
    return this.options.visitor ?? ''
  }

  get isOpen(): boolean {
    return !this.ended && !this.response.destroyed
  }

  /** The socket is full: further writes only fill memory. */
  get isBlocked(): boolean {
    return this.blockedSince !== null
  }

  /** Bytes that wait in this process for the client to take them. */
  get bufferedBytes(): number {
    return this.response.writableLength
  }

  /** Returns false if the client takes no more for now; `onDrain` says when it does again. */
  write(bytes: Buffer | string): boolean {
    if (!this.isOpen) return false
    this.lastWriteAt = Date.now()
    this.bytesWritten += Buffer.byteLength(bytes)
    if (!this.response.write(bytes) && this.blockedSince === null) {
      this.blockedSince = this.lastWriteAt
    }
    return !this.isBlocked
  }

  /** Calls back once, when the socket has room again. Never after the client is gone. */
  onDrain(callback: () => void): void {
    this.drained = callback
  }

  /** Calls back when the client is gone; at once if it is already. */
  onGone(callback: () => void): void {
    if (this.isOpen) this.goneListeners.push(callback)
    else callback()
  }

  /** Calls back when nothing more is written, though the client may still be there. */
  onEnded(callback: () => void): void {
    if (this.isOpen) this.endListeners.push(callback)
    else callback()
  }

  /** Tells the client why, and ends the stream. */
  close(reason: CloseReason, retryMs = this.options.retryMs): void {
    if (!this.isOpen) return
    this.endReason = reason === 'rotate' ? 'rotated' : reason
    const data = JSON.stringify({ reason, retry_ms: retryMs })
    const frame = encodeFrame({ event: 'close', data })
    this.bytesWritten += Buffer.byteLength(frame)
    this.response.end(frame)
    this.closedAt = Date.now()
    this.markEnded()
    if (reason === 'unauthorized') this.lastWordsMs = UNAUTHORIZED_LAST_WORDS_MS
  }

  /** Ends the stream: everything has been said. What is under way is still delivered. */
  finish(): void {
    if (!this.isOpen) return
    this.response.end()
    this.endReason = 'finished'
    this.closedAt = Date.now()
    this.markEnded()
    this.lastWordsMs = this.options.stallMs
  }

  /** Cuts the connection without a notice. */
  destroy(reason?: 'dropped'): void {
    if (reason && this.isOpen) this.endReason = reason
    this.response.destroy()
    this.markGone()
  }

  /** Looks at the clock. Returns why the connection was ended, if it was. */
  tick(now: number): 'stalled' | 'rotated' | 'unauthorized' | null {
    const { heartbeatMs, stallMs, rotateMs, heartbeat, steadyHeartbeat } = this.options
    if (this.closedAt !== null) {
      if (now - this.closedAt >= this.lastWordsMs) this.destroy()
      return null
    }
    if (now >= (this.options.expiresAt ?? Number.POSITIVE_INFINITY)) {
      this.close('unauthorized')
      return 'unauthorized'
    }
    if (this.blockedSince !== null) {
      if (now - this.blockedSince < stallMs) return null
      this.endReason = 'stalled'
      this.destroy()
      return 'stalled'
    }
    if (now - this.openedAt >= rotateMs) {
      this.close('rotate')
      return 'rotated'
    }
    const lastSignAt = steadyHeartbeat ? this.lastHeartbeatAt : this.lastWriteAt
    if (now - lastSignAt >= heartbeatMs) {
      this.lastHeartbeatAt = now
      this.write(heartbeat?.() ?? HEARTBEAT)
    }
    return null
  }

  private unblock(): void {
    this.blockedSince = null
    const { drained } = this
    this.drained = null
    if (this.isOpen) drained?.()
  }

  private markEnded(): void {
    this.ended = true
    for (const listener of this.endListeners.splice(0)) listener()
  }

  private markGone(): void {
    this.markEnded()
    this.drained = null
    for (const listener of this.goneListeners.splice(0)) listener()
  }
}
