import { CROWD } from '../test/support/crowd'
import { expect, type Fleet, test } from './fixtures'

const SESSIONS = 3_000
const PROJECTS = 250

/** Sessions that were there before Muster was started. */
async function fill(fleet: Fleet): Promise<void> {
  await fleet.muster.stop()
  const [projects = '', agents = ''] = CROWD
  await fleet.sql(projects.replace('$2', '$1'), [PROJECTS])
  await fleet.sql(agents, [SESSIONS, PROJECTS])
  await fleet.sql(`UPDATE agents SET project_id = (SELECT id FROM projects WHERE slug = 'crowd-7')
    WHERE id % 3 = 0`)
  await fleet.muster.run()
}

test.use({ viewport: { width: 1280, height: 900 } })

test('a board of thousands leads on by links, stays live, and finds what a filter can be', async ({
  board,
  ownFleet: fleet,
}) => {
  test.slow()
  await fill(fleet)
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

  test('a board of thousands leads to all of it', async ({ page, ownFleet: fleet }) => {
    test.slow()
    await fill(fleet)
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
