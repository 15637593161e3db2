import { type ClientRequest, get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { until } from './wait'

/** A reader of a stream that never comes back by itself. */
export class StreamClient {
  text = ''
  readonly events: EventSourceMessage[] = []
  isEnded = false
  private readonly decoder = new TextDecoder()
  private readonly parser = createParser({ onEvent: (event) => this.events.push(event) })

  private constructor(
    private readonly request: ClientRequest,
    private readonly response: IncomingMessage,
  ) {
    response.on('data', (chunk: Buffer) => this.take(this.decoder.decode(chunk, { stream: true })))
    response.on('close', () => {
      this.isEnded = true
    })
    response.on('error', () => {})
  }

  static open(url: string, headers: Record<string, string> = {}): Promise<StreamClient> {
    return new Promise((resolve, reject) => {
      const request = get(url, { headers, agent: false }, (response) =>
        resolve(new StreamClient(request, response)),
      )
      request.on('error', reject)
    })
  }

  get status(): number {
    return this.response.statusCode ?? 0
  }

  get headers(): IncomingHttpHeaders {
    return this.response.headers
  }

  get ids(): number[] {
    return this.events.map(({ id }) => Number(id))
  }

  pause(): void {
    this.response.pause()
  }

  resume(): void {
    this.response.resume()
  }

  close(): void {
    this.request.destroy()
  }

  async receives(what: string, isSo: () => boolean): Promise<void> {
    await until(`the stream receives ${what}`, isSo)
  }

  private take(text: string): void {
    this.text += text
    this.parser.feed(text)
  }
}

/** The bare bytes of a connection: for what a well-behaved client would hide. */
export class RawClient {
  text = ''
  isClosed = false

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk) => {
      this.text += chunk.toString('latin1')
    })
    socket.on('close', () => {
      this.isClosed = true
    })
    socket.on('error', () => {})
  }

  static async open(address: string): Promise<RawClient> {
    const { hostname, port } = new URL(address)
    const socket = connect(Number(port), hostname)
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new RawClient(socket)
  }

  /** Sends a request, whose lines are given without their ends. */
  send(lines: readonly string[], body: string | Buffer = ''): void {
    this.socket.write(`${lines.join('\r\n')}\r\n\r\n`)
    if (body.length > 0) this.socket.write(body)
  }

  get status(): number {
    return Number(/^HTTP\/1\.1 (\d+)/.exec(this.text)?.[1] ?? 0)
  }

  get head(): string {
    return this.text.slice(0, this.text.indexOf('\r\n\r\n'))
  }

  /** What follows the headers, taken out of its chunks. */
  get body(): string {
    const start = this.text.indexOf('\r\n\r\n')
    if (start < 0) return ''
    const rest = this.text.slice(start + 4)
    return /transfer-encoding: chunked/i.test(this.head) ? unchunk(rest) : rest
  }

  async receives(what: string, isSo: () => boolean): Promise<void> {
    await until(`the socket receives ${what}`, isSo).catch((error: Error) => {
      throw new Error(`${error.message}; it received ${JSON.stringify(this.text.slice(0, 500))}`)
    })
  }

  close(): void {
    this.socket.destroy()
  }
}

function unchunk(text: string): string {
  let body = ''
  for (let index = 0; ; ) {
    const lineEnd = text.indexOf('\r\n', index)
    if (lineEnd < 0) return body
    const size = Number.parseInt(text.slice(index, lineEnd), 16)
    if (!size) return body
    body += text.slice(lineEnd + 2, lineEnd + 2 + size)
    index = lineEnd + 4 + size
  }
}
