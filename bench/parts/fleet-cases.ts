import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { Client, openBoards, pause, probeHealth, Spotter, spread } from './fleet-client'
import { REPORTING, sessionOf } from './fleet-data'
import { processFigures } from './process-figures'

/** What a case is measured on. */
export interface Stage {
  readonly client: Client
  readonly pid: number
  readonly seconds: number
  /** Makes a token that may read everything, and returns it. */
  readonly readOnlyToken: () => Promise<string>
}

/** What a case prints: a name and a figure for each line. */
export type Figures = (readonly [string, string])[]

const BOARDS = 10
const CHANGES_PER_SECOND = 100
const SPOT_MS = 30_000

/** One page of the board, three times. */
export async function page({ client, pid }: Stage): Promise<Figures> {
  const answers = []
  for (let i = 0; i < 3; i++) answers.push(await client.get('/'))
  const last = answers.at(-1)
  return [
    ['GET / status', answers.map(({ status }) => status).join(', ')],
    ['GET / bytes', (last?.body.length ?? 0).toLocaleString('en')],
    ['GET / ms', answers.map(({ ms }) => ms.toFixed(0)).join(', ')],
    ['server', (await processFigures(pid)).text],
  ]
}

/** Ten open boards, and a hundred changes a second. */
export async function boards({ client, pid, seconds }: Stage): Promise<Figures> {
  const close = await openBoards(client.url, BOARDS)
  const spotter = new Spotter()
  const watched = await client.stream('/live?topic=board', spotter.take)
  const before = await processFigures(pid)
  const endHealth = probeHealth(client, 50)
  const flushes: (number | null)[] = []
  const hooks = changeFor(client, seconds)
  const endsAt = performance.now() + seconds * 1_000
  while (performance.now() < endsAt) {
    flushes.push(await flushDelay(client, spotter))
    await pause(200)
  }
  const answers = await hooks
  const health = await endHealth()
  const after = await processFigures(pid)
  watched.end()
  await close()
  const cpu = ((after.cpuMs - before.cpuMs) / (after.at - before.at)) * 100
  const refused = answers.filter(({ status }) => status !== 200).length
  return [
    ['/health', spread(health)],
    ['hook', `${spread(answers.map(({ ms }) => ms))}, ${refused} not taken`],
    ['POST to patch', flushText(flushes)],
    ['server', `${after.text}, ${cpu.toFixed(0)} % of a core`],
  ]
}

/** The longest that /health waits while one hostile body is read. */
export async function hostile({ client }: Stage): Promise<Figures> {
  const text = '-eyJ'.repeat(8_000)
  const value = { stringValue: text }
  const attributes = Array.from({ length: 128 }, (_, n) => ({ key: `k${n}`, value }))
  const logs = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ attributes }] }] }] }
  const packed = gzipSync(JSON.stringify(logs))
  const strings = (count: number) => Array.from({ length: count }, () => text)
  const data = { strings: strings(31) }
  const hook = { session_id: sessionOf(1), cwd: '/srv/bench', hook_event_name: 'PostToolUse' }
  const large = { ...hook, tool_name: 'Read', tool_response: strings(490) }
  const gzip = { 'Content-Encoding': 'gzip' }
  const bodies: [string, string, unknown, Record<string, string>][] = [
    [`${packed.length} bytes of gzip`, '/v1/logs', packed, gzip],
    ['1 MB', '/api/events', { type: 'noted', project: 'bench', data }, {}],
    ['15.7 MB', '/hooks/claude-code', large, {}],
  ]
  const figures: Figures = []
  for (const [name, path, body, headers] of bodies) {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body))
    const end = probeHealth(client, 10)
    const { status, ms } = await client.post(path, bytes, headers)
    const longest = Math.max(...(await end()))
    const answer = `answered ${status} after ${ms.toFixed(0)} ms`
    figures.push([`${name} to ${path}`, `/health at most ${longest.toFixed(0)} ms; ${answer}`])
  }
  return figures
}

/** How often the first page after an acknowledged report does not show it. */
export async function acknowledged({ client, seconds }: Stage): Promise<Figures> {
  const quiet = await lacking(client, 40)
  const stop = { now: false }
  const writers = Array.from({ length: 20 }, (_, n) => write(client, n, stop))
  const busy = await lacking(client, 40)
  stop.now = true
  const written = (await Promise.all(writers)).reduce((sum, count) => sum + count, 0)
  await pause(Math.min(1_000, seconds * 100))
  return [
    ['first GET lacks it, quiet', quiet],
    ['first GET lacks it, 20 writers', `${busy} (${written} reports beside)`],
  ]
}

/** Thirteen streams of 16 different pages each, of a token that may only read, against a person's pages. */
export async function greedy({ client, readOnlyToken }: Stage): Promise<Figures> {
  const reader = new Client(client.url, await readOnlyToken())
  const streams = []
  for (let n = 0; n < 13; n++) {
    const topics = Array.from(
      { length: 16 },
      (_, k) => `topic=${encodeURIComponent(`board?type=greedy_${n}_${k}`)}`,
    )
    streams.push(await reader.stream(`/live?${topics.join('&')}`, () => undefined))
  }
  const pages = ['/', '/events', '/stats', '/projects/bench-1', '/debates', '/?state=idle']
  const answers = []
  for (const path of pages) answers.push(`${path} ${(await client.get(path)).status}`)
  const own = await client.stream('/live?topic=board', () => undefined)
  for (const { end } of [...streams, own]) end()
  reader.close()
  return [
    ['greedy streams', streams.map(({ status }) => status).join(' ')],
    ['pages of the administrator', answers.join(', ')],
    ['a stream of the administrator', String(own.status)],
  ]
}

/** Whether four pages that are slow to load hold up what is open. */
export async function slow({ client }: Stage): Promise<Figures> {
  const spotter = new Spotter()
  const watched = await client.stream('/live?topic=board', spotter.take)
  await flushDelay(client, spotter)
  const alone = await flushDelay(client, spotter)
  const states = ['complete', 'commanded', 'awaiting_input', 'errored']
  let running = states.length
  const loads = states.map(async (state) => {
    const { status, ms } = await client.get(`/?state=${state}`)
    running--
    return `${status} after ${ms.toFixed(0)} ms`
  })
  const meanwhile: (number | null)[] = []
  do meanwhile.push(await flushDelay(client, spotter))
  while (running > 0)
  const answers = await Promise.all(loads)
  watched.end()
  return [
    ['POST to patch, alone', flushText([alone])],
    ['POST to patch, during four loads', flushText(meanwhile)],
    ['the loads', answers.join(', ')],
  ]
}

/** Hooks that change the state of known sessions, at an even pace whatever the answers take. */
async function changeFor(client: Client, seconds: number) {
  const sent: ReturnType<Client['hook']>[] = []
  const begun = performance.now()
  for (let n = 0; n < seconds * CHANGES_PER_SECOND; n++) {
    const round = Math.floor(n / REPORTING)
    const session = sessionOf(1 + (n % REPORTING))
    const prompt = { prompt_id: `${session}-${Math.floor(round / 2)}-${begun}` }
    const isPrompt = round % 2 === 0
    const fields = isPrompt ? { ...prompt, prompt: `Do part ${n}` } : prompt
    sent.push(client.hook(session, isPrompt ? 'UserPromptSubmit' : 'Stop', fields))
    const waitMs = begun + ((n + 1) * 1_000) / CHANGES_PER_SECOND - performance.now()
    if (waitMs > 1) await pause(waitMs)
  }
  return Promise.all(sent)
}

/** From the sending of a report until an open board has it; null: not within 30 s. */
async function flushDelay(client: Client, spotter: Spotter): Promise<number | null> {
  const mark = `mark-${randomUUID()}`
  const spotted = spotter.spot(mark, SPOT_MS)
  await client.post('/api/events', {
    type: 'asked',
    project: 'bench watched',
    agent: 'watched',
    state: 'awaiting_input',
    message: mark,
  })
  return spotted
}

async function lacking(client: Client, tries: number): Promise<string> {
  let lacks = 0
  let failed = 0
  for (let n = 0; n < tries; n++) {
    const mark = `mark-${randomUUID()}`
    const report = { type: 'asked', project: 'bench asked', agent: `asked ${n % 5}` }
    await client.post('/api/events', { ...report, state: 'awaiting_input', message: mark })
    const { status, body } = await client.get('/')
    if (status !== 200) failed++
    else if (!body.includes(mark)) lacks++
    await pause(20)
  }
  return `${lacks} of ${tries - failed}${failed > 0 ? `, ${failed} pages failed` : ''}`
}

async function write(client: Client, n: number, stop: { now: boolean }): Promise<number> {
  let written = 0
  for (; !stop.now; written++) {
    await client.hook(sessionOf(1 + n), 'PreToolUse', {
      tool_name: 'Read',
      tool_use_id: `${n}-${written}`,
      tool_input: { file_path: `/srv/bench/${written}` },
    })
  }
  return written
}

function flushText(delays: readonly (number | null)[]): string {
  const seen = delays.filter((delay) => delay !== null)
  const lost = delays.length - seen.length
  return `${spread(seen)}${lost > 0 ? `, ${lost} not within ${SPOT_MS / 1_000} s` : ''}`
}
