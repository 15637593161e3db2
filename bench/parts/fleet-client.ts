import { Agent, get, type IncomingMessage, request } from 'node:http'
import { Worker } from 'node:worker_threads'

export const TOKEN = 'bench-token-0123456789'
/** Nothing is waited for longer: what has not come by then is no answer. */
export const PATIENCE_MS = 90_000

export interface Answer {
  readonly status: number
  readonly ms: number
  readonly body: Buffer
}

/** Asks one Muster. What gets no answer has the status 0 and the time that was waited. */
export class Client {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 200 })

  constructor(
    readonly url: string,
    readonly token = TOKEN,
  ) {}

  get(path: string): Promise<Answer> {
    return this.send('GET', path, null, {})
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body))
    return this.send('POST', path, bytes, { 'Content-Type': 'application/json', ...headers })
  }

  /** One hook of a session that is known. */
  hook(session: string, event: string, fields: object): Promise<Answer> {
    const named = { session_id: session, cwd: '/srv/bench', hook_event_name: event }
    return this.post('/hooks/claude-code', { ...named, ...fields })
  }

  /** Opens a stream and hands on what it sends; resolves with its status, and what ends it. */
  stream(
    path: string,
    onData: (chunk: Buffer) => void,
  ): Promise<{ status: number; end: () => void }> {
    return new Promise((resolve) => {
      const headers = { Authorization: `Bearer ${this.token}`, Accept: 'text/event-stream' }
      const asking = get(`${this.url}${path}`, { headers, agent: false }, (response) => {
        response.on('data', onData).on('error', () => undefined)
        resolve({ status: response.statusCode ?? 0, end: () => asking.destroy() })
      })
      asking.on('error', () => resolve({ status: 0, end: () => undefined }))
      asking.setTimeout(PATIENCE_MS)
    })
  }

  close(): void {
    this.agent.destroy()
  }

  private send(
    method: string,
    path: string,
    body: Buffer | null,
    headers: Record<string, string>,
  ): Promise<Answer> {
    const begun = performance.now()
    const length = body === null ? {} : { 'Content-Length': body.length }
    const all = { Authorization: `Bearer ${this.token}`, ...length, ...headers }
    return new Promise((resolve) => {
      const chunks: Buffer[] = []
      const finish = (status: number) =>
        resolve({ status, ms: performance.now() - begun, body: Buffer.concat(chunks) })
      const onAnswer = (response: IncomingMessage) => {
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => finish(response.statusCode ?? 0)).on('error', () => finish(0))
      }
      const options = { method, headers: all, agent: this.agent, timeout: PATIENCE_MS }
      const asking = request(`${this.url}${path}`, options, onAnswer)
      asking.on('timeout', () => asking.destroy()).on('error', () => finish(0))
      asking.end(body ?? undefined)
    })
  }
}

/** Open boards that read everything, in a thread of their own so that reading costs nothing here. */
export async function openBoards(url: string, count: number): Promise<() => Promise<unknown>> {
  const worker = new Worker(READERS, { eval: true, workerData: { url, count, token: TOKEN } })
  await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  return () => worker.terminate()
}

const READERS = `
  const { get } = require('node:http')
  const { parentPort, workerData } = require('node:worker_threads')
  const { url, count, token } = workerData
  let open = 0
  for (let i = 0; i < count; i++) {
    const headers = { Authorization: 'Bearer ' + token, Accept: 'text/event-stream' }
    const asking = get(url + '/live?topic=board', { headers, agent: false }, (response) => {
      response.resume()
      if (++open === count) parentPort.postMessage('open')
    })
    asking.on('error', () => undefined)
  }
  setTimeout(() => parentPort.postMessage('late'), ${PATIENCE_MS})`

/** Asks for /health every so often until it is stopped; returns how long each answer took. */
export function probeHealth(client: Client, everyMs: number): () => Promise<number[]> {
  const waits: Promise<number>[] = []
  const ask = () => waits.push(client.get('/health').then(({ ms }) => ms))
  ask()
  const timer = setInterval(ask, everyMs)
  return () => {
    clearInterval(timer)
    return Promise.all(waits)
  }
}

/** Looks for texts in what a stream sends. */
export class Spotter {
  private rest = Buffer.alloc(0)
  private wanted: { text: Buffer; found: (ms: number) => void; since: number } | null = null

  /** Resolves with how many ms passed until the text came, or null when it did not. */
  spot(text: string, withinMs: number): Promise<number | null> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(null), withinMs)
      const found = (ms: number) => {
        clearTimeout(timer)
        resolve(ms)
      }
      this.wanted = { text: Buffer.from(text), found, since: performance.now() }
    })
  }

  readonly take = (chunk: Buffer): void => {
    const bytes = Buffer.concat([this.rest, chunk])
    this.rest = bytes.subarray(Math.max(0, bytes.length - 100))
    if (!this.wanted || !bytes.includes(this.wanted.text)) return
    this.wanted.found(performance.now() - this.wanted.since)
    this.wanted = null
  }
}

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** `p50 1.2, p99 3.4, max 5.6 ms`. */
export function spread(values: readonly number[]): string {
  if (values.length === 0) return 'none'
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1)
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)} ms (${sorted.length})`
}
