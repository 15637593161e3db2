import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestMuster, type TestMuster } from '../support/muster'
import { until } from '../support/wait'

let muster: TestMuster

beforeAll(async () => {
  muster = await startTestMuster()
})
afterAll(() => muster.stop())

const HTML = { Accept: 'text/html' }
const get = async (path: string, headers: Record<string, string> = HTML) => {
  const response = await muster.fetch(path, { headers })
  return { response, behind: response.headers.get('muster-behind'), text: await response.text() }
}
const report = (n: number, more: object = {}) =>
  muster.report({
    type: 'working',
    project: `Project ${n}`,
    agent: `agent-${n}`,
    state: 'processing',
    message: `word${n} is new`,
    ...more,
  })

it.each([
  ['the board', () => '/'],
  ['a board with a filter', (n: number) => `/?project=project-${n}`],
  ['a new project', (n: number) => `/projects/project-${n}`],
  ['the log', () => '/events'],
  ['the log, searched', (n: number) => `/events?q=word${n}`],
  ['the log of a new project', (n: number) => `/events?project=project-${n}`],
  ['the past', (n: number) => `/events?project=project-${n}&until=2100-01-01`],
  ['the history', () => '/api/events/history?limit=3'],
  ['the history by a search', (n: number) => `/api/events/history?q=word${n}`],
])('%s shows what was acknowledged before it was asked for, each time', async (_, path) => {
  for (let n = 0; n < 8; n++) {
    const number = Math.floor(Math.random() * 1e9)
    await report(number)
    const { text, behind, response } = await get(path(number))
    expect(response.status).toBe(200)
    expect(text).toContain(`word${number}`)
    expect(behind).toBeNull()
  }
})

it('the metrics show it as well, though they are read once a second only', async () => {
  for (let n = 0; n < 3; n++) {
    const name = `Counted ${n}`
    await report(n, { project: name })
    const { text, behind } = await get('/stats')
    expect(text).toContain(`>${name}<`)
    expect(behind).toBeNull()
  }
})

it('a poll has what was acknowledged before it', async () => {
  const cursor = String((await report(1)).last_id)
  for (let n = 0; n < 5; n++) {
    const { last_id: id } = await report(n, { message: `polled ${n}` })
    const { response, text, behind } = await get('/live?topic=board', {
      ...HTML,
      'Last-Event-ID': cursor,
    })
    expect(text).toContain(`polled ${n}`)
    expect(Number(response.headers.get('last-event-id'))).toBeGreaterThanOrEqual(id)
    expect(behind).toBeNull()
  }
})

it('an agent has its page as soon as its report is acknowledged', async () => {
  for (let n = 0; n < 5; n++) {
    await report(n, { agent: `fresh-${n}` })
    const [row] = (await muster.sql('SELECT id FROM agents ORDER BY id DESC LIMIT 1')).rows
    expect((await get(`/agents/${row.id}`)).text).toContain(`fresh-${n}`)
  }
})

it('what cannot be shown within a second is said to be missing, and followed by it', async () => {
  const { tail, pageStreams } = muster.services
  await get('/')
  // The log is stored, and its reader in this process hears nothing of it.
  await tail.stop()
  const begunAt = performance.now()
  await report(77)
  for (const path of ['/', '/live?topic=board&last_event_id=1', '/api/events/history?limit=1']) {
    const { behind, response } = await get(path, path.startsWith('/api') ? {} : HTML)
    expect(response.status).toBe(200)
    expect(Number(behind)).toBeGreaterThanOrEqual(900)
  }
  expect((await get('/')).text).toMatch(
    /<p id="behind" class="notice" role="status" hx-swap-oob="morph">This page is as of \d+ \w+ [\d:]+ UTC/,
  )
  expect(performance.now() - begunAt).toBeLessThan(20_000)
  pageStreams.skipTo(pageStreams.freshness.acknowledged)
  await until('the page is up to date', async () => {
    const { text, behind } = await get('/')
    return (
      behind === null &&
      text.includes('word77') &&
      text.includes('id="behind" class="notice" role="status" hidden')
    )
  })
})
