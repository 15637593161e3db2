import type { IncomingMessage, ServerResponse } from 'node:http'

interface Exchange {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  readonly begunAt: number
  readonly receivedBefore: number
  /** When the answer has to be taken, once it is all there. */
  takenBy: number | null
}

/** Slower than a telephone line of 1990 is no honest client. */
const BYTES_PER_SECOND = 1_000
const TAKEN_PER_SECOND = 32_000
const LOOK_MS = 500

/**
 * Cuts connections that send a body, or take an ordinary answer, so slowly that they only hold memory.
 * Streams have a patience of their own: they have no end that could be waited for.
 */
export class Patience {
  private readonly exchanges = new Set<Exchange>()
  private readonly timer: NodeJS.Timeout
  private readonly graceMs: number

  constructor(
    private readonly requestMs: number,
    private readonly refuse: (incoming: IncomingMessage) => void,
  ) {
    this.graceMs = requestMs / 3
    this.timer = setInterval(() => this.look(Date.now()), Math.min(LOOK_MS, requestMs / 8))
    // A server that could not listen must not keep the process.
    this.timer.unref()
  }

  watch(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { bytesRead: receivedBefore } = incoming.socket
    const exchange = { incoming, outgoing, begunAt: Date.now(), receivedBefore, takenBy: null }
    this.exchanges.add(exchange)
    outgoing.once('close', () => this.exchanges.delete(exchange))
  }

  stop(): void {
    clearInterval(this.timer)
  }

  private look(now: number): void {
    for (const exchange of this.exchanges) {
      const { incoming, outgoing } = exchange
      if (outgoing.writableEnded) this.lookAtAnswer(exchange, now)
      else if (!incoming.complete && this.isSlow(exchange, now)) {
        this.exchanges.delete(exchange)
        this.refuse(incoming)
      }
    }
  }

  private isSlow({ incoming, begunAt, receivedBefore }: Exchange, now: number): boolean {
    const elapsedMs = now - begunAt
    const received = incoming.socket.bytesRead - receivedBefore
    return elapsedMs > this.graceMs && received < (BYTES_PER_SECOND * elapsedMs) / 1_000
  }

  private lookAtAnswer(exchange: Exchange, now: number): void {
    const { outgoing } = exchange
    const { socket } = exchange.incoming
    if (exchange.takenBy === null) {
      const needsMs = (outgoing.writableLength / TAKEN_PER_SECOND) * 1_000
      exchange.takenBy = now + this.requestMs + needsMs
      // Who takes nothing at all: Node sees even what it has handed on move, and cuts by itself.
      socket.setTimeout(this.requestMs)
    }
    if (now >= exchange.takenBy) socket.destroy()
  }
}
