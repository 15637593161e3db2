import { type ClientRequest, get, type IncomingMessage } from 'node:http'

/** One block of a stream: an event, or a bare id that moves the cursor. */
export interface Block {
  readonly event: string | null
  readonly id: number | null
  readonly data: string | null
}

interface Received extends Block {
  /** How many bytes of the connection had come when it was whole. */
  readonly end: number
}

/**
 * A reader that can be cut at any byte: it forgets what had not arrived whole, and goes on from the
 * last id that had. It reads blocks by itself, so that no library mends what is wrong.
 */
export class CutReader {
  isOpen = false
  isPaused = false
  private readonly before: Block[] = []
  private current: Received[] = []
  private rest = Buffer.alloc(0)
  private received = 0
  private request: ClientRequest | null = null
  private response: IncomingMessage | null = null

  constructor(
    private readonly path: string,
    private readonly start: number,
  ) {}

  /** Everything that came whole, on all connections. */
  get blocks(): readonly Block[] {
    return [...this.before, ...this.current]
  }

  get cursor(): number {
    return this.blocks.findLast(({ id }) => id !== null)?.id ?? this.start
  }

  /** Resolves when the stream is there, or was refused. */
  async open(address: string): Promise<void> {
    this.keep()
    const headers = { 'Last-Event-ID': String(this.cursor) }
    await new Promise<void>((resolve) => {
      const request = get(`${address}${this.path}`, { headers, agent: false }, (response) => {
        this.response = response
        this.isOpen = response.statusCode === 200
        response.on('data', (bytes: Buffer) => this.request === request && this.take(bytes))
        response.on('close', () => this.end(request)).on('error', () => this.end(request))
        resolve()
      })
      request.on('error', () => {
        this.end(request)
        resolve()
      })
      this.request = request
    })
  }

  /** The connection is cut, and its last `lost` bytes never arrived. */
  cut(lost: number): void {
    const { request } = this
    if (!request) return
    this.end(request)
    request.destroy()
    this.current = this.current.filter(({ end }) => end <= this.received - lost)
    this.keep()
  }

  pause(): void {
    this.isPaused = true
    this.response?.pause()
  }

  resume(): void {
    this.isPaused = false
    this.response?.resume()
  }

  private end(request: ClientRequest): void {
    if (this.request !== request) return
    this.isOpen = false
    this.isPaused = false
    this.request = null
    this.response = null
  }

  private keep(): void {
    this.before.push(...this.current)
    this.current = []
    this.rest = Buffer.alloc(0)
    this.received = 0
  }

  private take(bytes: Buffer): void {
    let rest = Buffer.concat([this.rest, bytes])
    let at = this.received - this.rest.length
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      at += end + 2
      const block = parseBlock(rest.subarray(0, end).toString('utf8'))
      if (block) this.current.push({ ...block, end: at })
      rest = rest.subarray(end + 2)
    }
    this.rest = rest
    this.received += bytes.length
  }
}

function parseBlock(text: string): Block | null {
  let event: string | null = null
  let id: number | null = null
  let data: string | null = null
  for (const line of text.split('\n')) {
    const [, name, value = ''] = /^(\w*):(?: (.*))?$/s.exec(line) ?? []
    if (name === 'event') event = value
    else if (name === 'id') id = Number(value)
    else if (name === 'data') data = data === null ? value : `${data}\n${value}`
    else if (name !== '' && name !== 'retry') throw new Error(`Not a line of a stream: ${line}`)
  }
  return event === null && id === null && data === null ? null : { event, id, data }
}
