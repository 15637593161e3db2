import pg from 'pg'
import { CROWD } from '../test/support/crowd'
import { expect, Fleet, test } from './fixtures'
import { MusterProcess } from './muster-process'

const SESSIONS = 3_000
const PROJECTS = 250

// One Muster for all of them, because it takes long to fill.
test.describe.configure({ mode: 'default' })

let fleet: Fleet

test.beforeAll(async () => {
  fleet = new Fleet(await MusterProcess.start({}, fill))
})
test.afterAll(() => fleet.muster.dispose())

/** Sessions that were there before Muster was started. */
async function fill(url: string): Promise<void> {
  const [projects = '', agents = ''] = CROWD
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(projects.replace('$2', '$1'), [PROJECTS])
    await client.query(agents, [SESSIONS, PROJECTS])
    await client.query(`UPDATE agents SET project_id = (SELECT id FROM projects WHERE slug = 'crowd-7')
      WHERE id % 3 = 0`)
  } finally {
    await client.end()
  }
}

test.use({ viewport: { width: 1280, height: 900 } })

test('a board of thousands leads on by links, stays live, and finds what a filter can be', async ({
  board,
}) => {
  const { page } = board
  await board.open(fleet.muster.url)
  const cards = page.locator('[data-agent-session]')
  await expect(page.locator('#board-pager')).toContainText('of 3,000 sessions on this page')
  expect(await cards.count()).toBeLessThanOrEqual(300)

  // A session that awaits input is on the first page at once, wherever it was before.
  await expect(board.card('newcomer')).toHaveCount(0)
  await fleet.startWork('newcomer')
  await fleet.ask('newcomer', 'climb')
  await board.expectState('newcomer', 'awaiting_input')

  await page.getByRole('link', { name: 'Next page' }).click()
  await board.expectConnection('connected')
  await expect(board.card('newcomer')).toHaveCount(0)
  await expect(page.getByRole('link', { name: 'First page' })).toBeVisible()

  await page.locator('#filter-project').fill('crowd 77')
  await expect(page.locator('#choice-projects option[value="crowd-77"]')).toHaveCount(1)
  await expect(page.locator('#choice-projects option')).toHaveCount(1)
  await page.locator('#filter-project').fill('crowd-77')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\?project=crowd-77$/)
  await expect(page.locator('.chips')).toContainText('Crowd 77')
})

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false })

  test('a board of thousands leads to all of it', async ({ page }) => {
    test.slow()
    await page.goto(fleet.muster.url)
    const more = page.locator('#project-8 .project-more a')
    await expect(more).toContainText(/^and [\d,]+ more/)
    await more.click()
    await expect(page).toHaveURL(/\/projects\/crowd-7$/)
    await expect(page.locator('[data-agent-session]')).toHaveCount(200)
    const first = await page.locator('[data-agent-session]').first().getAttribute('id')
    await page.getByRole('link', { name: 'Next page' }).click()
    await expect(page.locator('[data-agent-session]')).toHaveCount(200)
    await expect(page.locator(`#${first}`)).toHaveCount(0)
    await page.getByRole('link', { name: 'First page' }).click()
    await expect(page.locator(`#${first}`)).toHaveCount(1)

    await page.goto(`${fleet.muster.url}/`)
    await page.getByRole('link', { name: 'Find a project' }).click()
    await page.getByLabel('Name').fill('crowd 12')
    await page.getByRole('button', { name: 'Find' }).click()
    await page.getByRole('link', { name: 'Crowd 121' }).click()
    await expect(page).toHaveURL(/\?project=crowd-121$/)
  })
})
