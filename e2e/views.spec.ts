import type { Page } from 'playwright/test'
import { Board, expect, type Fleet, test } from './fixtures'
import { expectToLookRight } from './look'

async function saveView(page: Page, name: string): Promise<void> {
  await page.getByText('Save as a view', { exact: true }).click()
  await page.getByLabel('Name').fill(name)
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name)
}

test('a filter is saved, opened live, edited in another tab, and deleted', async ({
  board,
  fleet,
  page,
}) => {
  await fleet.startWork('v1')
  await fleet.startWork('v2')
  await fleet.ask('v2', 'dig')
  await board.open(`${fleet.muster.url}/projects/${fleet.project}?state=awaiting_input`)
  await saveView(page, 'Who waits')
  await expect(page).toHaveURL(/\/views\/[\da-f-]{36}$/)
  await board.expectConnection('connected')
  await board.expectState('v2', 'awaiting_input')
  await expect(board.card('v1')).toHaveCount(0)
  await fleet.ask('v1', 'climb')
  await board.expectState('v1', 'awaiting_input')

  const other = await page.context().newPage()
  await other.goto(`${fleet.muster.url}/views`)
  await other.getByRole('link', { name: 'Edit Who waits' }).click()
  await other.getByLabel('Name').fill('Who works')
  await other.getByLabel('Input needed').uncheck()
  await other.getByLabel('Working').check()
  await other.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Who works')
  await expect(board.card('v2')).toHaveCount(0)
  await fleet.startTool('v2', 'digs on')
  await fleet.hook('v2', 'Stop', { last_assistant_message: 'x', background_tasks: [] })
  await fleet.startWork('v3')
  await board.expectState('v3', 'processing')

  await other.goto(`${page.url()}/edit`)
  await other.getByRole('button', { name: 'Delete this view' }).click()
  await expect(other.getByText('You have saved no view yet')).toBeVisible()
  await expect(page.getByText('This view was deleted')).toBeVisible()
  await other.close()
})

test('somebody else finds nothing under the address of a view', async ({
  board,
  fleet,
  page,
  secondBoard,
}) => {
  await fleet.startWork('w1')
  await board.open(`${fleet.muster.url}/projects/${fleet.project}`)
  await saveView(page, 'Mine')
  await secondBoard.page.goto(`${fleet.muster.url}/views`)
  await expect(secondBoard.page.getByText('You have saved no view yet')).toBeVisible()
  const foreign = await secondBoard.page.request.get(page.url())
  expect(foreign.status()).toBe(404)
  const id = page.url().split('/').at(-1)
  const polled = await secondBoard.page.request.get(
    `${fleet.muster.url}/live?topic=view/${id}&last_event_id=0`,
    { headers: { Accept: 'text/html' } },
  )
  const html = await polled.text()
  expect(html).not.toContain('w1')
  expect(html).not.toContain('Mine')
})

test('the metrics follow what is reported', async ({ board, fleet, page }) => {
  await fleet.startWork('m1')
  await board.open(`${fleet.muster.url}/stats`)
  const row = page.getByRole('row').filter({ hasText: fleet.project })
  await expect(row).toContainText('1')
  const waiting = page.getByRole('region', { name: 'Waiting for a human' })
  await fleet.ask('m1', 'dig')
  await expect(waiting).toContainText('Longest now')
  await fleet.report({ agent: 'spender', usage: { output_tokens: 1234, cost_usd: 1.5 } })
  await expect(page.getByRole('region', { name: 'Tokens and cost', exact: true })).toContainText(
    '$1.50',
  )
  await expect(page.getByRole('img')).toHaveCount(3)
})

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false })
  test('views are saved, changed and deleted, and the metrics are whole', async ({
    page,
    fleet,
  }) => {
    await fleet.startWork('n1')
    await page.goto(`${fleet.muster.url}/?project=${fleet.project}`)
    await saveView(page, 'By hand')
    await expect(new Board(page).card('n1')).toBeVisible()
    await page.getByRole('link', { name: 'Edit' }).click()
    await page.getByLabel('Failed').check()
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(new Board(page).card('n1')).toHaveCount(0)
    await page.getByRole('link', { name: 'Edit' }).click()
    await page.getByRole('button', { name: 'Delete this view' }).click()
    await expect(page.getByText('You have saved no view yet')).toBeVisible()
    await page.goto(`${fleet.muster.url}/stats`)
    await expect(page.getByRole('heading', { name: 'Events in the last hour' })).toBeVisible()
  })
})

test.describe('at every width, in both colour schemes', () => {
  test.use({ bypassCSP: true })
  test('the pages of views and metrics fit, and axe finds nothing serious', async ({
    fleet,
    page,
  }) => {
    test.slow()
    await fillFleet(fleet)
    await page.goto(`${fleet.muster.url}/projects/${fleet.project}`)
    await saveView(page, 'A view with a name that is as long as names may be')
    const view = page.url()
    const [stats, views] = [`${fleet.muster.url}/stats`, `${fleet.muster.url}/views`]
    await expectToLookRight(page, [stats, views, view, `${view}/edit`])
  })
})

async function fillFleet(fleet: Fleet): Promise<void> {
  await fleet.startWork('s1')
  await fleet.startWork('s2')
  await fleet.ask('s2', 'dig')
  for (const model of ['opus', 'haiku']) {
    await fleet.report({
      agent: 'spender',
      usage: { model, input_tokens: 81_000, output_tokens: 12_345, cost_usd: 1.25 },
    })
  }
}
