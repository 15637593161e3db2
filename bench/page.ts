import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium, type Page } from 'playwright'
import { projectPath } from '../src/config/project-path'
import { percentiles, startMusterChild, stopChild } from './parts/muster-child'

/**
 * How long it takes from the POST of an event until the change is in the DOM of a real browser, with
 * 50 agents and 20 events a second; and from the start of the process until it answers.
 */

const AGENTS = 50
const EVENTS_PER_SECOND = 20
const SECONDS = 30

const dataDir = await mkdtemp(join(tmpdir(), 'muster-bench-'))
try {
  const first = await startMusterChild({ MUSTER_DATA_DIR: dataDir })
  console.log(`First start to /health: ${first.ms} ms`)
  await stopChild(first.child)
  const again = await startMusterChild({ MUSTER_DATA_DIR: dataDir })
  console.log(`Later start to /health: ${again.ms} ms`)
  await measure(again.url)
  await stopChild(again.child)
} finally {
  await rm(dataDir, { recursive: true, force: true })
}

async function measure(url: string): Promise<void> {
  const { ensureBrowser } = await import(pathToFileURL(projectPath('scripts', 'browser.mjs')).href)
  const executablePath: string | null = await ensureBrowser()
  const browser = await chromium.launch({
    ...(executablePath && { executablePath }),
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
  for (let agent = 0; agent < AGENTS; agent++) await prompt(url, agent)
  await page.goto(url)
  await page.waitForSelector('#connection[data-status="connected"]')
  await watch(page)
  const sent = await sendEvents(url)
  await page.waitForFunction((count) => Reflect.get(window, 'seen').size >= count, sent.size, {
    timeout: 10_000,
  })
  const seen = new Map(
    await page.evaluate(() => [...(Reflect.get(window, 'seen') as Map<string, number>)]),
  )
  report(sent, seen)
  await browser.close()
}

/** Notes when the text of each event is first in a card. */
async function watch(page: Page): Promise<void> {
  await page.evaluate(() => {
    const seen = new Map<string, number>()
    Reflect.set(window, 'seen', seen)
    const look = () => {
      const now = Date.now()
      for (const card of document.querySelectorAll('.card')) {
        for (const [mark] of (card.textContent ?? '').matchAll(/mark-\d+-/g)) {
          if (!seen.has(mark)) seen.set(mark, now)
        }
      }
    }
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
    })
  })
}

async function sendEvents(
  url: string,
): Promise<Map<string, { at: number; answeredAfter: number }>> {
  const sent = new Map<string, { at: number; answeredAfter: number }>()
  const begun = performance.now()
  const posts: Promise<void>[] = []
  for (let index = 0; index < EVENTS_PER_SECOND * SECONDS; index++) {
    await until(begun + (index * 1_000) / EVENTS_PER_SECOND)
    const mark = `mark-${index}-`
    const at = Date.now()
    posts.push(
      tool(url, index % AGENTS, mark).then(
        () => void sent.set(mark, { at, answeredAfter: Date.now() - at }),
      ),
    )
  }
  await Promise.all(posts)
  return sent
}

function report(
  sent: Map<string, { at: number; answeredAfter: number }>,
  seen: Map<string, number>,
): void {
  const answers = [...sent.values()].map(({ answeredAfter }) => answeredAfter)
  const changes = [...sent].map(
    ([mark, { at }]) => (seen.get(mark) ?? Number.POSITIVE_INFINITY) - at,
  )
  console.log(`${sent.size} events at ${EVENTS_PER_SECOND}/s, ${AGENTS} agents, ${SECONDS} s`)
  console.log(`POST to answer: ${percentiles(answers)}`)
  console.log(`POST to DOM:    ${percentiles(changes)}`)
}

function prompt(url: string, agent: number): Promise<void> {
  return post(url, agent, { hook_event_name: 'UserPromptSubmit', prompt: `Work of agent ${agent}` })
}

function tool(url: string, agent: number, mark: string): Promise<void> {
  return post(url, agent, {
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_input: { command: `echo ${mark}` },
    tool_use_id: mark,
  })
}

async function post(url: string, agent: number, fields: object): Promise<void> {
  const response = await fetch(`${url}/hooks/claude-code`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      session_id: `bench-${agent}`,
      cwd: `/srv/project-${agent % 10}`,
      prompt_id: `bench-${agent}-1`,
      ...fields,
    }),
  })
  if (!response.ok)
    throw new Error(`A POST was answered ${response.status}: ${await response.text()}`)
}

function until(time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, time - performance.now())))
}
