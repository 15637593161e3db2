import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import type { Locator, Page } from 'playwright/test'
import { projectPath } from '../src/config/project-path'
import { Board, expect, type Fleet, test } from './fixtures'

/** Opens a debate of the test's project and returns its number. */
async function begin(fleet: Fleet, agent: string | null = null): Promise<string> {
  const id = randomUUID()
  await fleet.post('/api/debates', {
    id,
    project: fleet.cwd,
    title: `Is the fence of ${fleet.project} needed?`,
    sides: { pro: { position: 'It is', agent }, con: { position: 'It is not' } },
  })
  return id
}

const say = (fleet: Fleet, id: string, content: string) =>
  fleet.post(`/api/debates/${id}/utterances`, { speaker: 'pro', content })

const state = (page: Page): Locator => page.locator('#debate-state')
const entries = (page: Page): Locator => page.locator('#transcript [data-entry-id]')
const idsOn = (page: Page): Promise<(string | null)[]> =>
  entries(page).evaluateAll((items) => items.map((item) => item.getAttribute('data-entry-id')))

/** The newest entry is the last that is seen of the transcript. */
async function expectAtEnd(page: Page): Promise<void> {
  const bottom = (locator: Locator) =>
    locator.evaluate((element) => Math.round(element.getBoundingClientRect().bottom))
  await expect
    .poll(async () => {
      const scroller = await bottom(page.locator('[data-transcript-scroll]'))
      return Math.abs((await bottom(entries(page).last())) - scroller)
    })
    .toBeLessThanOrEqual(2)
}

async function expectStatus(pages: readonly Page[], status: string, timeout = 10_000) {
  for (const page of pages) {
    await expect(state(page)).toHaveAttribute('data-status', status, { timeout })
  }
}

/** The mock orchestrator as people start it. */
function orchestrate(fleet: Fleet, speed: number): { child: ChildProcess; said: () => string } {
  const args = ['demo', '--debate', '--once', '--speed', String(speed), '--url', fleet.muster.url]
  const child = spawn(process.execPath, [projectPath('dist', 'cli', 'muster.js'), ...args], {
    env: { PATH: process.env.PATH ?? '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk
  })
  return { child, said: () => output }
}

test('three tabs follow an orchestrator: intervene, pause, resume, complete', async ({
  // The first to be made ready is the last to end: no page must outlive its server.
  ownFleet: fleet,
  page,
  context,
  secondBoard,
}) => {
  test.setTimeout(150_000)
  const { child, said } = orchestrate(fleet, 4)
  const ended = new Promise((resolve) => child.once('exit', resolve))
  await new Board(page).open(`${fleet.muster.url}/debates`)
  await page.getByRole('link', { name: 'Should the berth map work without a network?' }).click()
  await new Board(page).expectConnection('connected')
  const second = await context.newPage()
  const pages = [page, second, secondBoard.page]
  for (const tab of [second, secondBoard.page]) await new Board(tab).open(page.url())
  for (const tab of pages) await expect(entries(tab).first()).toContainText('Welcome')

  // What is typed stays while entries arrive.
  const text = second.getByLabel('What you want to say')
  await text.fill('Who pays for the masts?')
  const before = await entries(second).count()
  await expect.poll(() => entries(second).count()).toBeGreaterThan(before)
  await expect(text).toHaveValue('Who pays for the masts?')
  await second.getByLabel('To', { exact: true }).selectOption('con')
  await second.getByRole('button', { name: 'Send' }).click()
  await expect(second.getByText('Sent.')).toBeVisible()
  await expect(text).toHaveValue('')
  for (const tab of pages) {
    const intervention = tab.locator('.intervention', { hasText: 'Who pays for the masts?' })
    await expect(intervention).toHaveAttribute('data-answered', 'true')
    await expect(intervention).toContainText('con')
  }

  await secondBoard.page.getByRole('button', { name: 'Pause' }).click()
  await expectStatus(pages, 'paused')
  await expect.poll(said).toContain('paused')
  const paused = await state(page).evaluate(({ dataset }) => ({ ...dataset }))
  const elapsed = await state(page).locator('.elapsed').textContent()
  const idsPaused = await idsOn(page)
  await expect(page.getByRole('button', { name: 'Pause' })).toBeHidden()
  await page.getByRole('button', { name: 'Resume' }).click()
  await expectStatus(pages, 'active')
  await expect.poll(() => idsOn(page)).not.toEqual(idsPaused)
  const rows = await fleet.sql<{ type: string; data: { phase: string; speaker: string } }>(
    'SELECT type, data FROM debate_entries ORDER BY event_id',
  )
  const at = rows.findIndex(({ type }) => type === 'pause')
  expect(rows[at + 1]?.type).toBe('resume')
  expect(rows[at + 1]?.data).toEqual(rows[at]?.data)
  expect(rows[at]?.data).toMatchObject({ phase: paused.phase, speaker: paused.speaker })
  expect(elapsed).toMatch(/^\d+:\d\d$/)

  await expectStatus(pages, 'complete', 20_000)
  await ended
  for (const tab of pages) {
    await expect(entries(tab).last()).toContainText('Complete after 14 turns')
    expect(await idsOn(tab)).toEqual(await idsOn(page))
    await expect(tab.getByRole('button', { name: /Pause|Resume|Send/ })).toHaveCount(0)
  }
  const [{ count = '' } = {}] = await fleet.sql<{ count: string }>(
    'SELECT count(*) FROM debate_entries',
  )
  expect(await entries(page).count()).toBe(Number(count))
})

test('a reader of older entries is not moved, and is told how many have come', async ({
  board,
  fleet,
}) => {
  const { page } = board
  const id = await begin(fleet)
  for (let i = 1; i <= 30; i++) await say(fleet, id, `Point ${i}\nwith\nsome\nlines`)
  await board.open(`${fleet.muster.url}/debates/${id}`)
  const scroller = page.locator('[data-transcript-scroll]')
  const last = entries(page).last()
  await expectAtEnd(page)
  await say(fleet, id, 'Point 31')
  await expect(last).toContainText('Point 31')
  await expectAtEnd(page)
  await expect(last).toBeInViewport()

  await scroller.evaluate((element) => element.scrollBy({ top: -700 }))
  const place = () =>
    entries(page)
      .filter({ hasText: 'Point 22' })
      .evaluate((entry) => Math.round(entry.getBoundingClientRect().top))
  const before = await place()
  await say(fleet, id, 'Point 32\nwith\nmany\nmore\nlines')
  await say(fleet, id, 'Point 33')
  await expect(page.getByRole('button', { name: '2 new' })).toBeVisible()
  expect(Math.abs((await place()) - before)).toBeLessThanOrEqual(1)
  await page.getByRole('button', { name: '2 new' }).click()
  await expectAtEnd(page)
  await expect(page.locator('#transcript-new')).toBeHidden()
})

test('whatever is said is shown as it was said', async ({ board, fleet }) => {
  const id = await begin(fleet)
  await board.open(`${fleet.muster.url}/debates/${id}`)
  const hostile =
    '<img src=x onerror="window.attacked=1"><script>window.attacked=1</script>\nline 2'
  await say(fleet, id, hostile)
  await fleet.post(`/api/debates/${id}/interventions`, { type: 'evidence', content: hostile })
  for (const place of ['#transcript .words', '#interventions .words']) {
    await expect(board.page.locator(place).first()).toHaveText(hostile, { useInnerText: true })
  }
  expect(await board.page.evaluate(() => Reflect.get(window, 'attacked'))).toBeUndefined()
})

test('an agent and the debate that it speaks in lead to each other', async ({ board, fleet }) => {
  await fleet.startWork('arguer')
  const { page } = board
  await board.open(`${fleet.muster.url}/projects/${fleet.project}`)
  await board.card('arguer').getByRole('link').first().click()
  await board.expectConnection('connected')
  const title = `Is the fence of ${fleet.project} needed?`
  const id = await begin(fleet, 'arguer')
  await page.getByRole('link', { name: title }).click()
  await expect(page).toHaveURL(`${fleet.muster.url}/debates/${id}`)
  await page.locator('.side[data-speaker="pro"]').getByRole('link').click()
  await expect(page).toHaveURL(/\/agents\/\d+$/)
  await page.goto(`${fleet.muster.url}/projects/${fleet.project}`)
  await page.locator('#feed-rows').getByRole('link', { name: 'debate', exact: true }).click()
  await expect(page).toHaveURL(`${fleet.muster.url}/debates/${id}`)
})

test('without JavaScript, at 320 px, people pause, resume and intervene', async ({
  browser,
  fleet,
}) => {
  const id = await begin(fleet)
  for (let i = 1; i <= 30; i++) await say(fleet, id, `Point ${i}`)
  const context = await browser.newContext({
    javaScriptEnabled: false,
    viewport: { width: 320, height: 700 },
  })
  const page = await context.newPage()
  await page.goto(`${fleet.muster.url}/debates/${id}`)
  await expectAtEnd(page)
  await page.getByRole('button', { name: 'Pause' }).click()
  await expectStatus([page], 'paused')
  await page.getByLabel('What you want to say').fill('Why now?')
  await page.getByRole('button', { name: 'Send' }).click()
  await expect(page.locator('.intervention')).toContainText('Why now?')
  await page.getByRole('button', { name: 'Resume' }).click()
  await expectStatus([page], 'active')
  const width = await page.locator('html').evaluate((html) => html.scrollWidth)
  expect(width).toBeLessThanOrEqual(320)
  await context.close()
})
