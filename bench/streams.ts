import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../src/db/embedded/start'
import { percentiles, startMusterChild, stopChild } from './parts/muster-child'

/**
 * How much the stream of events carries: reports stored and rows delivered a second, and how long it
 * takes from an INSERT with psql until a client has the row. Server, database and clients share the
 * machine. `npm run bench -- streams 100 1000` names the numbers of subscribers.
 */

const PUBLISHERS = 16
const SECONDS = 5
const INSERTS = 100
const INSERT_EVERY_MS = 50
const DEADLINE_MS = 60_000
const FRAME = Buffer.from('\nid: ')

const given = process.argv.slice(2).map(Number)
const counts = given.length > 0 ? given : [100, 1_000]

const dataDir = await mkdtemp(join(tmpdir(), 'muster-bench-'))
const database = await startEmbeddedPostgres({ dataDir, log: () => undefined })
async function measure(url: string, count: number): Promise<void> {
  const subscribers = await Promise.all(Array.from({ length: count }, () => Subscriber.open(url)))
  await publishAll(url, subscribers)
  await insertAll(subscribers)
  for (const subscriber of subscribers) subscriber.close()
}

async function publishAll(url: string, subscribers: readonly Subscriber[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: PUBLISHERS })
  const before = subscribers.map(({ frames }) => frames)
  const begun = performance.now()
  const waits: number[] = []
  const publish = async () => {
    while (performance.now() - begun < SECONDS * 1_000) {
      const sent = performance.now()
      await post(url, agent)
      waits.push(performance.now() - sent)
    }
  }
  await Promise.all(Array.from({ length: PUBLISHERS }, publish))
  const published = performance.now() - begun
  const isDone = () =>
    subscribers.every(({ frames }, n) => frames - (before[n] ?? 0) >= waits.length)
  await until('everything is delivered', isDone)
  const delivered = performance.now() - begun
  agent.destroy()
  const perSecond = (events: number, ms: number) =>
    Math.round((events * 1_000) / ms).toLocaleString('en')
  console.log(
    `${subscribers.length} subscribers, ${PUBLISHERS} publishers, ${waits.length} reports:`,
  )
  console.log(`  reports stored      ${perSecond(waits.length, published)}/s`)
  console.log(`  rows delivered      ${perSecond(waits.length * subscribers.length, delivered)}/s`)
  console.log(`  POST to its answer  ${percentiles(waits)}`)
}

async function insertAll(subscribers: readonly Subscriber[]): Promise<void> {
  const psql = new pg.Client({ connectionString: database.url })
  await psql.connect()
  const waits: number[] = []
  for (let n = 0; n < INSERTS; n++) {
    const before = subscribers.map(({ frames }) => frames)
    const begun = performance.now()
    await psql.query(`INSERT INTO events (type, summary) VALUES ('inserted', 'by hand')`)
    await until('the row is there', () =>
      subscribers.every(({ frames }, index) => frames > (before[index] ?? 0)),
    )
    waits.push(...subscribers.map(({ receivedAt }) => receivedAt - begun))
    await new Promise((resolve) => setTimeout(resolve, INSERT_EVERY_MS))
  }
  await psql.end()
  console.log(`  INSERT to client    ${percentiles(waits)}`)
}

/** Counts what it gets, and does as little else as possible. */
class Subscriber {
  frames = 0
  receivedAt = 0
  private rest: Buffer = Buffer.alloc(0)

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk) => this.take(chunk))
  }

  static async open(url: string): Promise<Subscriber> {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    const subscriber = new Subscriber(socket)
    socket.write('GET /api/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n')
    // The first block that has an id says where the stream begins.
    await until('the stream is open', () => subscriber.frames > 0)
    return subscriber
  }

  close(): void {
    this.socket.destroy()
  }

  private take(chunk: Buffer): void {
    const bytes = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk
    let end = 0
    for (let at = bytes.indexOf(FRAME); at >= 0; at = bytes.indexOf(FRAME, end)) {
      this.frames++
      this.receivedAt = performance.now()
      end = at + FRAME.length
    }
    this.rest = bytes.subarray(Math.max(end, bytes.length - FRAME.length + 1))
  }
}

function post(url: string, agent: Agent): Promise<void> {
  const body = JSON.stringify({ type: 'note', project: 'bench', message: 'x'.repeat(200) })
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }
  return new Promise((resolve, reject) => {
    const posting = request(`${url}/api/events`, { method: 'POST', headers, agent }, (response) => {
      response.resume().on('end', () => {
        if (response.statusCode === 201) resolve()
        else reject(new Error(`A report was answered ${response.statusCode}`))
      })
    })
    posting.on('error', reject).end(body)
  })
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS
  while (!isSo()) {
    if (performance.now() > deadline)
      throw new Error(`In ${DEADLINE_MS} ms it did not happen: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

// Last, because classes are not there before their place.
try {
  const { child, url } = await startMusterChild({
    DATABASE_URL: database.url,
    SSE_MAX_CONNECTIONS: '10000',
    MUSTER_REPORTS_PER_MINUTE: '10000000',
    MUSTER_MAX_SOCKETS: '20000',
  })
  try {
    for (const count of counts) await measure(url, count)
  } finally {
    await stopChild(child)
  }
} finally {
  await database.stop()
  await rm(dataDir, { recursive: true, force: true })
}
