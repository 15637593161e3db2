import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

type Headers = readonly (readonly [name: string, value: string])[]

interface Status {
  readonly line: string
  readonly error: string
}

const BAD: Status = { line: '400 Bad Request', error: 'This is not an HTTP request' }
const SLOW: Status = {
  line: '408 Request Timeout',
  error: 'The request took too long to arrive',
}
const TOO_LONG: Status = {
  line: '431 Request Header Fields Too Large',
  error: 'The headers of the request are too long',
}

/** How long the answers before it may take, and the last words. */
const PATIENCE_MS = 5_000

/**
 * Answers what has not become a request, in place of Node, whose own answers have no headers of
 * safety. Knows what else is being answered on a socket: requests before it get their answers first,
 * and into the middle of an answer nothing is written.
 */
export class Refusals {
  private readonly pending = new WeakMap<Duplex, Map<ServerResponse, IncomingMessage>>()
  /** The parser complains about every piece that follows as well. */
  private readonly refused = new WeakSet<Duplex>()

  constructor(private readonly headers: Headers) {}

  /** Has to see every request. */
  note(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { socket } = incoming
    const pending = this.pending.get(socket) ?? new Map<ServerResponse, IncomingMessage>()
    this.pending.set(socket, pending.set(outgoing, incoming))
    outgoing.once('close', () => pending.delete(outgoing))
  }

  /** For 'clientError': Node's parser, or its clock. */
  onClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
    if (error.code === 'ECONNRESET' || error.code === 'EPIPE') socket.destroy()
    else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') this.refuse(socket, SLOW)
    else if (error.code === 'HPE_HEADER_OVERFLOW') this.refuse(socket, TOO_LONG)
    else this.refuse(socket, BAD)
  }

  refuseSlow(socket: Duplex): void {
    this.refuse(socket, SLOW)
  }

  private refuse(socket: Duplex, status: Status): void {
    if (this.refused.has(socket)) return
    this.refused.add(socket)
    const cut = setTimeout(() => socket.destroy(), PATIENCE_MS)
    socket.once('close', () => clearTimeout(cut))
    const pending = [...(this.pending.get(socket) ?? [])]
    const isBody = pending.some(([, incoming]) => !incoming.complete)
    const hasBegun = pending.some(([outgoing]) => outgoing.headersSent && !outgoing.writableEnded)
    if (hasBegun || (isBody && pending.length > 1)) socket.destroy()
    else if (isBody || pending.length === 0) this.answer(socket, status)
    else void this.answerAfter(pending, socket, status)
  }

  /** They were whole, and something may have been stored for them. */
  private async answerAfter(
    pending: readonly [ServerResponse, IncomingMessage][],
    socket: Duplex,
    status: Status,
  ): Promise<void> {
    socket.pause()
    await Promise.all(
      pending.map(([outgoing]) => new Promise((resolve) => outgoing.once('close', resolve))),
    )
    this.answer(socket, status)
  }

  private answer(socket: Duplex, { line, error }: Status): void {
    if (!socket.writable) {
      socket.destroy()
      return
    }
    const body = JSON.stringify({ error })
    const lines = [
      `HTTP/1.1 ${line}`,
      ...this.headers.map(([name, value]) => `${name}: ${value}`),
      'Content-Type: application/json',
      'Cache-Control: no-store',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
    ]
    socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
  }
}
