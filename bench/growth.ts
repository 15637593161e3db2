import type { ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../src/db/embedded/start'
import { ensureDatabase } from '../src/db/ensure-database'
import { migrate } from '../src/db/migrate'
import { fill } from './parts/growth-fill'
import { startMusterChild, stopChild } from './parts/muster-child'

/**
 * What a log that has grown costs: fills two scratch databases, one with 10,000 events and one with as
 * many as named (`npm run bench -- growth 5000000`), whose newest day is the same, and compares start,
 * pages, filters, history, streams and a report. Each round starts new server processes, so that each page is
 * loaded and not only shown; the first round is not counted. The two are asked by turns, one path after
 * the other, so that what else the machine does slows both. What costs too much is measured in more
 * rounds: all that were measured count.
 */

const SMALL = 10_000
const ROUNDS = 6
/** So often as many rounds again for what costs too much. */
const REPEATS = 3
const MOST = 1.3
/** Less than this apart is no difference: the machine is that unsteady. */
const FLOOR_MS = 8

const events = Number(process.argv[2] ?? 1_000_000)
type Names = ReadonlySet<string>
type Times = Map<string, number[]>

interface Target {
  readonly name: string
  readonly path: string
}

interface Compared {
  readonly url: string
  readonly targets: readonly Target[]
  readonly times: Times
}

const tell = (message: string) =>
  console.error(`${new Date().toISOString().slice(11, 19)} ${message}`)
const dataDir = await mkdtemp(join(tmpdir(), 'muster-growth-'))
const server = await startEmbeddedPostgres({ dataDir, log: () => undefined })
let failures = 0
try {
  const urls = [SMALL, events].map((_, index) => databaseUrl(`growth_${index}`))
  const counts = [SMALL, events]
  for (const [index, url] of urls.entries()) {
    await ensureDatabase(url)
    await prepare(url, counts[index] ?? SMALL)
  }
  const compared = await Promise.all(
    urls.map(async (url) => ({ url, targets: await targetsOf(url), times: new Map() })),
  )
  await measure(
    compared.map((one) => ({ ...one, times: new Map() })),
    null,
  )
  for (let repeat = 0; repeat <= REPEATS; repeat++) {
    const only = repeat === 0 ? null : slowOnes(compared)
    if (only?.size === 0) break
    for (let round = 1; round <= ROUNDS; round++) {
      tell(`round ${round} of ${ROUNDS}${only ? ` for what costs more: ${only.size}` : ''}`)
      await measure(round % 2 === 0 ? compared : [...compared].reverse(), only)
    }
  }
  report(compared)
} finally {
  await server.stop()
  await rm(dataDir, { recursive: true, force: true })
}
process.exitCode = failures > 0 ? 1 : 0

function databaseUrl(name: string): string {
  const url = new URL(server.url)
  url.pathname = `/${name}`
  return url.href
}

async function prepare(url: string, count: number): Promise<void> {
  tell(`filling a database with ${count.toLocaleString('en')} events`)
  await migrate(url)
  const { child, url: address } = await startMusterChild({ DATABASE_URL: url })
  const session = { project: 'first', agent: 'template', state: 'awaiting_input' }
  await post(address, { type: 'working', ...session })
  await stopChild(child)
  await fill({ url, events: count, tell })
}

/** Starts a server for each database, and asks them by turns for `only` these names; null: for all. */
async function measure(compared: readonly Compared[], only: Names | null): Promise<void> {
  const running: (Compared & { child: ChildProcess; address: string })[] = []
  try {
    for (const one of compared) {
      const { child, url: address, ms } = await startMusterChild({ DATABASE_URL: one.url })
      running.push({ ...one, child, address })
      note(one.times, 'start', ms, only)
      // What every first request pays for is not what is compared.
      await get(`${address}/?type=warm-up`)
      await get(`${address}/api/events/history?types=warm-up`)
    }
    for (const [index, { name }] of (compared[0]?.targets ?? []).entries()) {
      if (only && !only.has(name)) continue
      for (const { address, targets, times } of running) {
        note(times, name, await get(address + targets[index]?.path), only)
      }
    }
    for (const path of ['/api/events', '/live?topic=board']) {
      for (const { address, times } of running) {
        note(times, `first bytes of ${path}`, await firstBytes(address + path), only)
      }
    }
    for (const { address, times } of running) {
      const begun = performance.now()
      await post(address, { type: 'note', project: 'first', message: 'new' })
      note(times, 'a report', performance.now() - begun, only)
    }
  } finally {
    for (const { child } of running) await stopChild(child)
  }
}

function note(times: Times, name: string, value: number, only: Names | null): void {
  if (!only || only.has(name)) times.set(name, [...(times.get(name) ?? []), value])
}

async function targetsOf(url: string): Promise<Target[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const idOf = async (query: string) => String((await client.query(query)).rows[0]?.id)
  const busy = await idOf(`SELECT id FROM agents WHERE session_id = 'session-1'`)
  const project = await idOf(`SELECT id FROM projects WHERE slug = 'p-3'`)
  const day = (
    await client.query(`SELECT to_char(max(at) - interval '5 hours', 'YYYY-MM-DD"T"HH24:MI') AS at
    FROM events`)
  ).rows[0].at
  await client.end()
  const values: Record<string, string[]> = {
    project: ['p-3', 'p-rare'],
    agent: [busy],
    state: ['processing', 'idle', 'ended'],
    type: ['type-3', 'rare.type', 'no.such'],
  }
  const keys = Object.keys(values)
  const single = keys.flatMap((key) => (values[key] ?? []).map((value) => `${key}=${value}`))
  const pairs = keys.flatMap((one, index) =>
    keys
      .slice(index + 1)
      .flatMap((other) =>
        (values[one] ?? []).flatMap((a) =>
          (values[other] ?? []).map((b) => `${one}=${a}&${other}=${b}`),
        ),
      ),
  )
  const filters = ['', ...single, ...pairs]
  const named = (path: string) => ({ name: path.replace(`=${busy}`, '=<busy>'), path })
  const words = ['harbour', 'seldomword', 'nowhereword', 'spreadword']
  return [
    ...filters.map((filter) => named(`/${filter && `?${filter}`}`)),
    ...filters.map((filter) => named(`/events${filter && `?${filter}`}`)),
    ...['/projects/p-3', '/projects/p-rare', '/stats', '/views', '/debates'].map(named),
    ...['/settings/projects', '/api/v2/stream/status', '/health'].map(named),
    { name: '/agents/<busy>', path: `/agents/${busy}` },
    ...words.map((word) => named(`/events?q=${word}`)),
    { name: '/events?since=', path: `/events?since=${day}` },
    { name: '/events?until=', path: `/events?until=${day}` },
    { name: '/events?q=harbour&until=', path: `/events?q=harbour&until=${day}` },
    named('/api/events/history'),
    { name: 'history by project', path: `/api/events/history?project_id=${project}` },
    { name: 'history by agent', path: `/api/events/history?agent_id=${busy}` },
    named('/api/events/history?types=rare.type'),
    {
      name: 'history by project and type',
      path: `/api/events/history?project_id=${project}&types=rare.type`,
    },
    {
      name: 'history by agent and type',
      path: `/api/events/history?agent_id=${busy}&types=type-3`,
    },
    {
      name: 'history by project and agent',
      path: `/api/events/history?project_id=${project}&agent_id=${busy}`,
    },
    named('/api/events/history?q=seldomword'),
  ]
}

async function get(url: string): Promise<number> {
  const begun = performance.now()
  const answer = await fetch(url, {
    headers: { Accept: url.includes('/api/') ? 'application/json' : 'text/html' },
  })
  await answer.arrayBuffer()
  // What is refused costs more than it may, whatever it took.
  if (answer.status === 503) return Number.POSITIVE_INFINITY
  if (answer.status !== 200) throw new Error(`${url} was answered ${answer.status}`)
  return performance.now() - begun
}

async function firstBytes(url: string): Promise<number> {
  const begun = performance.now()
  const abort = new AbortController()
  const headers = { Accept: 'text/event-stream' }
  const answer = await fetch(url, { headers, signal: abort.signal })
  await answer.body?.getReader().read()
  const ms = performance.now() - begun
  abort.abort()
  return ms
}

async function post(address: string, body: object): Promise<void> {
  const headers = { 'Content-Type': 'application/json' }
  const answer = await fetch(`${address}/api/events`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  if (answer.status !== 201) throw new Error(`A report was answered ${answer.status}`)
}

interface Cost {
  readonly name: string
  readonly before: number
  readonly after: number
  readonly isSlow: boolean
}

function costsOf([small, large]: readonly Compared[]): Cost[] {
  return [...(small?.times ?? [])].map(([name, values]) => {
    const [before, after] = [median(values), median(large?.times.get(name) ?? [])]
    return { name, before, after, isSlow: after > before * MOST && after - before > FLOOR_MS }
  })
}

function slowOnes(compared: readonly Compared[]): Names {
  return new Set(
    costsOf(compared)
      .filter(({ isSlow }) => isSlow)
      .map(({ name }) => name),
  )
}

function report(compared: readonly Compared[]): void {
  const costs = costsOf(compared)
  failures = slowOnes(compared).size
  console.log(
    `Medians of at least ${ROUNDS} rounds in ms: ${SMALL.toLocaleString('en')} and ${events.toLocaleString('en')} events`,
  )
  for (const { name, before, after, isSlow } of costs) {
    const ratio = (after / before).toFixed(2).padStart(6)
    const figures = `${before.toFixed(1).padStart(8)} ${after.toFixed(1).padStart(8)} ${ratio}`
    console.log(`${figures}  ${isSlow ? 'ABOVE' : '     '}  ${name}`)
  }
  console.log(
    `${failures} of ${costs.length} cost more than ${MOST} times as much; less than ${FLOOR_MS} ms apart does not count`,
  )
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
