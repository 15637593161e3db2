import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

interface Open {
  readonly topics: readonly string[]
  readonly response: ServerResponse
}

/** Stands between browser and Muster, counts the streams, and disturbs them. */
export class ReverseProxy {
  /** Streams that are open now. */
  readonly streams = new Set<Open>()
  /** When and how often the browser asked for a stream, and for a page's changes. */
  readonly asked: { readonly at: number; readonly stream: boolean }[] = []
  /** How requests of the page's feed are answered instead; null passes them on. */
  refuse: ((isStream: boolean) => { status: number; retryAfter?: number } | null) | null = null

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {
    server.on('request', (incoming, outgoing) => this.answer(incoming, outgoing))
  }

  static async before(target: string): Promise<ReverseProxy> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new ReverseProxy(server, new URL(target))
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  get streamsAsked(): number {
    return this.asked.filter(({ stream }) => stream).length
  }

  /** Writes a frame into every stream, as if Muster had sent it; perhaps as the last one. */
  say(frame: string, isLast = false): void {
    for (const { response } of [...this.streams]) {
      if (isLast) response.end(frame)
      else response.write(frame)
    }
  }

  async close(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }

  private answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const url = new URL(incoming.url ?? '/', this.target)
    const isStream = incoming.headers.accept === 'text/event-stream'
    if (url.pathname === '/live') this.asked.push({ at: Date.now(), stream: isStream })
    const refusal = url.pathname === '/live' ? this.refuse?.(isStream) : null
    if (refusal) {
      const { status, retryAfter } = refusal
      const headers = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }
      outgoing.writeHead(status, headers).end('{}')
      return
    }
    const upstream = request(
      url,
      { method: incoming.method, headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
        if (isStream && answer.statusCode === 200) this.keep(url, outgoing)
      },
    )
    upstream.on('error', () => outgoing.destroy())
    outgoing.on('close', () => upstream.destroy())
    incoming.pipe(upstream)
  }

  private keep(url: URL, response: ServerResponse): void {
    const open = { topics: url.searchParams.getAll('topic'), response }
    this.streams.add(open)
    response.on('close', () => this.streams.delete(open))
  }
}
