import type { Page } from 'playwright/test'
import { Board, expect, test } from './fixtures'
import { MusterProcess } from './muster-process'

const TOKEN = 'a token that nobody guesses'

// One Muster for all of them: each has a browser context, and so a login, of its own.
test.describe.configure({ mode: 'default' })
// What a refused login and a stream that was ended say on the console.
test.use({ expectedErrors: /status of 401|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_ABORTED/ })

/** A Muster that wants its token. */
let locked: MusterProcess

test.beforeAll(async () => {
  locked = await MusterProcess.start({ MUSTER_TOKEN: TOKEN })
})
test.afterAll(() => locked.dispose())

async function report(agent: string): Promise<void> {
  const response = await fetch(`${locked.url}/api/events`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ type: 'noted', project: 'fence', agent, state: 'processing' }),
  })
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
}

async function logIn(page: Page, token = TOKEN): Promise<void> {
  await page.getByLabel('Token').fill(token)
  await page.getByRole('button', { name: 'Log in' }).click()
}

test('a login leads back to the page that was asked for, which is live', async ({
  page,
  board,
}) => {
  await report('mender')
  await page.goto(`${locked.url}/projects/fence?sort=priority`)
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible()
  await logIn(page)
  await expect(page).toHaveURL(`${locked.url}/projects/fence?sort=priority`)
  await board.expectConnection('connected')
  await board.expectState('mender', 'processing')
  await report('painter')
  await board.expectState('painter', 'processing')
})

test('a wrong token is refused in words, and may be tried again', async ({ page }) => {
  await page.goto(`${locked.url}/agents/1`)
  await logIn(page, 'a token that somebody guessed')
  await expect(page.getByRole('alert')).toHaveText('That is not the token.')
  await expect(page.getByLabel('Token')).toHaveValue('')
  await report('mender')
  await logIn(page)
  await expect(page).toHaveURL(`${locked.url}/agents/1`)
})

test('a log-out ends what other tabs see within five seconds', async ({ page, board, context }) => {
  await page.goto(locked.url)
  await logIn(page)
  await board.expectConnection('connected')
  const tab = await context.newPage()
  await new Board(tab).open(`${locked.url}/?sort=priority`)
  await page.getByRole('button', { name: 'Log out' }).click()
  await expect(page).toHaveURL(`${locked.url}/login`)
  await expect(tab).toHaveURL(`${locked.url}/login?next=${encodeURIComponent('/?sort=priority')}`, {
    timeout: 5_000,
  })
  await logIn(tab)
  await expect(tab).toHaveURL(`${locked.url}/?sort=priority`)
  await new Board(tab).expectConnection('connected')
})

test('a stream that another process ends leads to the login as well', async ({ page, board }) => {
  await page.goto(locked.url)
  await logIn(page)
  await board.expectConnection('connected')
  const other = await locked.startBeside()
  const [cookie] = await page.context().cookies()
  await fetch(`${other.url}/logout`, {
    method: 'POST',
    headers: { Cookie: `${cookie?.name}=${cookie?.value}`, Origin: other.url },
    redirect: 'manual',
  })
  await expect(page.getByLabel('Token')).toBeVisible({ timeout: 5_000 })
  await other.stop()
})

test('the login works without JavaScript and at 320 px', async ({ browser }) => {
  const context = await browser.newContext({
    javaScriptEnabled: false,
    viewport: { width: 320, height: 600 },
  })
  const page = await context.newPage()
  await page.goto(locked.url)
  const width = await page.locator('html').evaluate((html) => html.scrollWidth)
  expect(width).toBeLessThanOrEqual(320)
  await logIn(page)
  await expect(page).toHaveURL(`${locked.url}/`)
  await page.getByRole('button', { name: 'Log out' }).click()
  await expect(page.getByLabel('Token')).toBeVisible()
  await context.close()
})
