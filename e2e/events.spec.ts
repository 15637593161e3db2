import type { Page } from 'playwright/test'
import { expect, type Fleet, test } from './fixtures'
import { expectToLookRight } from './look'

/** What somebody with psql writes into the log. */
const insert = (fleet: Fleet, type: string, summaries: readonly string[]) =>
  fleet.sql<{ id: string }>(
    'INSERT INTO events (type, summary) SELECT $1, unnest($2::text[]) RETURNING id',
    [type, summaries],
  )
const numbered = (count: number, word = 'row') =>
  Array.from({ length: count }, (_, n) => `${word} ${n + 1}`)
const summaries = (page: Page) => page.locator('#feed-rows .feed-summary').allTextContents()

test('a row that is inserted with psql comes in on top', async ({ board, fleet }) => {
  await board.open(`${fleet.muster.url}/events`)
  await insert(fleet, 'by_hand', ['the first', 'the second'])
  await expect(board.feedRows().first()).toContainText('the second')
  await expect(board.feedRows().nth(1)).toContainText('the first')
})

test('a paused feed counts what is new, and puts it in when it goes on', async ({
  board,
  secondBoard,
  fleet,
}) => {
  const type = `t${fleet.project}`
  await insert(fleet, type, ['seen'])
  const url = `${fleet.muster.url}/events?type=${type}`
  await board.open(url)
  await secondBoard.open(url)
  const pause = board.page.getByRole('button', { name: 'Pause' })
  await pause.click()
  await expect(pause).toHaveAttribute('aria-pressed', 'true')
  await insert(fleet, type, numbered(100))
  await insert(fleet, type, numbered(37, 'later'))
  await expect(board.page.locator('#feed-new')).toHaveText('137 new')
  expect(await summaries(board.page)).toEqual(['seen'])
  await expect(secondBoard.feedRows().first()).toContainText('later 37')
  await pause.click()
  await expect(pause).toHaveAttribute('aria-pressed', 'false')
  await expect(board.page.locator('#feed-new')).toBeHidden()
  expect(await summaries(board.page)).toEqual(await summaries(secondBoard.page))
  await insert(fleet, type, ['live again'])
  await expect(board.feedRows().first()).toContainText('live again')
  await expect(board.feedRows()).toHaveCount(50)
})

test('rows of a project that is removed leave a page that does not show its removal', async ({
  board,
  fleet,
}) => {
  await fleet.report({ message: 'of a project that goes' })
  await insert(fleet, 'note', ['of no project'])
  await fleet.sql(`UPDATE projects SET key = 'repository:demo://muster/' || slug WHERE name = $1`, [
    fleet.project,
  ])
  await board.open(`${fleet.muster.url}/events?type=note`)
  const gone = board.feedRows().filter({ hasText: 'of a project that goes' })
  await expect(gone).toHaveCount(1)
  await fleet.post('/api/demo/clear', {})
  await expect(gone).toHaveCount(0)
  await expect(board.feedRows().filter({ hasText: 'of no project' })).not.toHaveCount(0)
})

test('rows of a session that is removed leave a page that does not show its removal', async ({
  board,
  fleet,
}) => {
  const type = `t${fleet.project}`
  await fleet.post('/api/events', [
    { type, project: fleet.project, agent: 'goes', message: 'of a session that goes' },
    { type, project: fleet.project, agent: 'stays', message: 'of one that stays' },
  ])
  const [session] = await fleet.sql<{ id: string }>(
    `SELECT agents.id FROM agents JOIN projects ON projects.id = project_id
     WHERE agents.name = 'goes' AND projects.name = $1`,
    [fleet.project],
  )
  await board.open(`${fleet.muster.url}/events?type=${type}`)
  await expect(board.feedRows()).toHaveCount(2)
  await fetch(`${fleet.muster.url}/api/agents/${session?.id}`, { method: 'DELETE' })
  await expect(board.feedRows()).toHaveCount(1)
  await expect(board.feedRows()).toContainText('of one that stays')
})

test('older and newer pages lead through the log and back to what is live', async ({
  board,
  fleet,
}) => {
  const type = `t${fleet.project}`
  const all = numbered(120)
  await insert(fleet, type, all)
  await board.open(`${fleet.muster.url}/events?type=${type}`)
  const { page } = board
  const newest = all.slice().reverse()
  expect(await summaries(page)).toEqual(newest.slice(0, 50))
  await page.getByRole('link', { name: 'Older' }).click()
  await expect(page.getByText('Looking back.')).toBeVisible()
  await expect(page.locator('#connection')).toHaveCount(0)
  expect(await summaries(page)).toEqual(newest.slice(50, 100))
  await page.getByRole('link', { name: 'Older' }).click()
  await expect(board.feedRows()).toHaveCount(20)
  await expect(page.getByRole('link', { name: 'Older' })).toHaveCount(0)
  await page.getByRole('link', { name: 'Newer' }).click()
  await expect(board.feedRows().first()).toContainText('row 70')
  expect(await summaries(page)).toEqual(newest.slice(50, 100))
  await page.getByRole('link', { name: 'Back to live' }).click()
  await board.expectConnection('connected')
  expect(await summaries(page)).toEqual(newest.slice(0, 50))
})

test('a search from the top bar is live, and survives a reload', async ({ board, fleet }) => {
  const word = `w${fleet.project}`
  await insert(fleet, 'by_hand', [`src/${word}.ts was written`, 'something else'])
  await board.open(fleet.muster.url)
  const field = board.page.getByLabel('Search events')
  await field.fill(`"${word} ts"`)
  await field.press('Enter')
  await expect(board.page).toHaveURL(/\/events\?q=/)
  await board.expectConnection('connected')
  await expect(board.feedRows()).toHaveCount(1)
  await insert(fleet, 'by_hand', ['not this', `${word}.ts again`, `${word}.js neither`])
  await expect(board.feedRows()).toHaveCount(2)
  await board.page.reload()
  await expect(board.feedRows()).toHaveCount(2)
  await expect(board.page.getByLabel('Search')).toHaveValue(`"${word} ts"`)
  await board.page.locator('#filter-type').fill('nothing_of_this')
  await board.page.locator('#filter-type').press('Enter')
  await expect(board.page).toHaveURL(/q=.*&type=nothing_of_this|type=nothing_of_this&q=/)
  await expect(board.feedRows()).toHaveCount(0)
})

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false })
  test('the page is complete, and its form and links work', async ({ page, fleet }) => {
    const type = `t${fleet.project}`
    await insert(fleet, type, numbered(60))
    await page.goto(`${fleet.muster.url}/events`)
    await expect(page.getByRole('button', { name: 'Pause' })).toHaveCount(0)
    await page.locator('#filter-type').fill(type)
    await page.getByRole('button', { name: 'Filter' }).click()
    await expect(page.locator('#feed-rows tr')).toHaveCount(50)
    await page.getByRole('link', { name: 'Refresh' }).click()
    await page.getByRole('link', { name: 'Older' }).click()
    await expect(page.locator('#feed-rows tr')).toHaveCount(10)
    await page.getByLabel('Search').fill('"row 7"')
    await page.getByRole('button', { name: 'Filter' }).click()
    await expect(page.locator('#feed-rows tr')).toHaveCount(1)
  })
})

test.describe('at every width, in both colour schemes', () => {
  test.use({ bypassCSP: true })
  test('the page of events fits and axe finds nothing serious', async ({ page, fleet }) => {
    test.slow()
    await fleet.startWork('shown', 'Mend the cart')
    await fleet.report({ agent: 'long', message: 'unbroken'.repeat(300) })
    await insert(fleet, 'by_hand', numbered(60))
    const url = `${fleet.muster.url}/events`
    const back = '?since=2026-01-01T00:00&type=by_hand&q=row&before=9007199254740000'
    await expectToLookRight(page, [url, url + back])
  })
})
