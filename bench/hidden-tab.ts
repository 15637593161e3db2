import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright'
import { Chrome, type Tab } from '../e2e/chrome'
import { projectPath } from '../src/config/project-path'

/**
 * What a hidden tab holds while an hour of events goes by: 72,000 are 20 a second.
 * `npm run bench -- hidden-tab [events]` sends them as fast as they are taken, and reads heap and
 * nodes of the hidden page after a collection.
 */
const EVENTS = Number(process.argv[2] ?? 72_000)
const READINGS = 8
const BATCH = 50
const AGENTS = 20
const START_DEADLINE_MS = 60_000

/** Text of the newest row of the feed. */
const NEWEST = "document.querySelector('#feed-rows tr')?.textContent ?? ''"

const dataDir = await mkdtemp(path.join(tmpdir(), 'muster-bench-'))
const { ensureBrowser } = await import(pathToFileURL(projectPath('scripts', 'browser.mjs')).href)
const executable: string | null = await ensureBrowser()
const server = await start()
const chrome = await Chrome.start(executable ?? chromium.executablePath())
try {
  await measure(server.url)
} finally {
  await chrome.close()
  const gone = new Promise((resolve) => server.child.once('exit', resolve))
  server.child.kill('SIGTERM')
  await gone
  await rm(dataDir, { recursive: true, force: true })
}

async function start(): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [projectPath('dist', 'server.js')], {
    env: {
      ...process.env,
      MUSTER_DATA_DIR: dataDir,
      PORT: '0',
      LOG_LEVEL: 'warn',
      MUSTER_REPORTS_PER_MINUTE: '10000000',
      npm_lifecycle_event: '',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await new Promise<string>((resolve, reject) => {
    setTimeout(() => reject(new Error('Muster did not start in time')), START_DEADLINE_MS).unref()
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk
      const address = /Muster is at (\S+)/.exec(output)?.[1]
      if (address) resolve(address)
    })
  })
  return { child, url }
}

async function measure(url: string): Promise<void> {
  await send(url, 0, 2_000)
  const tab = await chrome.open(url)
  await until(async () => (await tab.status()) === 'connected')
  await tab.send('Performance.enable')
  await chrome.open('about:blank')
  await until(async () => (await tab.evaluate('document.hidden')) === true)
  console.log(`${EVENTS} events of ${AGENTS} agents, in batches of ${BATCH}, into a hidden tab`)
  console.log('  events   heap MB    nodes  listeners')
  let sent = 2_000
  await report(tab, 0)
  const begun = performance.now()
  for (let reading = 1; reading <= READINGS; reading++) {
    const to = 2_000 + Math.round((EVENTS * reading) / READINGS)
    await send(url, sent, to)
    sent = to
    await until(async () => ((await tab.evaluate(NEWEST)) as string).includes(`event ${to - 1} `))
    await report(tab, to - 2_000)
  }
  console.log(`${Math.round((performance.now() - begun) / 1_000)} s`)
}

async function report(tab: Tab, events: number): Promise<void> {
  await tab.send('HeapProfiler.collectGarbage')
  const { metrics } = await tab.send('Performance.getMetrics')
  const of = (name: string) =>
    (metrics as { name: string; value: number }[]).find((one) => one.name === name)?.value ?? 0
  const heap = (of('JSHeapUsedSize') / 1e6).toFixed(2)
  const row = [events, heap, of('Nodes'), of('JSEventListeners')]
  console.log(row.map((value) => String(value).padStart(9)).join(''))
}

async function send(url: string, from: number, to: number): Promise<void> {
  for (let first = from; first < to; first += BATCH) {
    const reports = Array.from({ length: Math.min(BATCH, to - first) }, (_, n) => ({
      type: 'note',
      project: `/srv/project-${(first + n) % 10}`,
      agent: `agent-${(first + n) % AGENTS}`,
      state: n % 2 === 0 ? 'processing' : 'idle',
      message: `event ${first + n} of many`,
    }))
    const response = await fetch(`${url}/api/events`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(reports),
    })
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + START_DEADLINE_MS
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('What was waited for did not happen')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
