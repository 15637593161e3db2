import type { Page } from 'playwright/test'
import { test as base, expect } from './fixtures'
import { MusterProcess } from './muster-process'

const PASSWORD = 'a password that nobody guesses'

/** A Muster of which nobody has taken possession yet. */
const test = base.extend<{ fresh: MusterProcess }>({
  // What a refused login and a stream that was ended say on the console.
  expectedErrors: /status of (400|401)|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_ABORTED/,
  fresh: async ({ page }, use) => {
    const muster = await MusterProcess.start()
    await use(muster)
    await page.close()
    await muster.dispose()
  },
})

async function logIn(page: Page, login: string, password: string): Promise<void> {
  await page.getByLabel('E-mail or name').fill(login)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Log in' }).click()
}

async function makeFirst(page: Page, muster: MusterProcess): Promise<void> {
  await page.goto(`${muster.url}/settings`)
  await page.getByLabel('E-mail').fill('ada@example.org')
  await page.getByLabel('Password', { exact: false }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Create account and log in' }).click()
  await expect(page.getByText('ada@example.org')).toBeVisible()
}

async function expectFits(page: Page): Promise<void> {
  const width = await page.locator('html').evaluate((html) => html.scrollWidth)
  expect(width).toBeLessThanOrEqual(page.viewportSize()?.width ?? 0)
}

test('the first account takes possession; a token is made, used, revoked; the log-out ends it', async ({
  page,
  board,
  context,
  fresh,
}) => {
  const other = await context.browser()?.newContext()
  const stranger = await other?.newPage()
  await stranger?.goto(fresh.url)
  await makeFirst(page, fresh)
  await expect(stranger ?? page).toHaveURL(/\/login/, { timeout: 10_000 })
  await other?.close()

  await page.getByRole('link', { name: 'Tokens' }).click()
  await page.getByLabel('Name', { exact: true }).fill('ci')
  await page.getByRole('button', { name: 'Make token' }).click()
  const text = await page.locator('.secret').innerText()
  const report = () =>
    fetch(`${fresh.url}/api/events`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${text}` },
      body: JSON.stringify({
        type: 'noted',
        project: 'fence',
        agent: 'mender',
        state: 'processing',
      }),
    }).then(({ status }) => status)
  expect(await report()).toBe(201)
  await page.getByRole('link', { name: 'Done' }).click()
  await expect(page.locator('body')).not.toContainText(text)
  await page.getByRole('button', { name: 'Revoke ci' }).click()
  await expect(page.getByText('There is no token.')).toBeVisible()
  expect(await report()).toBe(401)

  await board.open(fresh.url)
  await board.expectState('mender', 'processing')
  await page.getByRole('button', { name: 'Log out' }).click()
  await logIn(page, 'ada', 'not the password of ada')
  await expect(page.getByRole('alert')).toContainText('do not belong together')
  await logIn(page, 'ada', PASSWORD)
  await board.expectConnection('connected')
})

test('everything about accounts works without JavaScript, at 320 px', async ({
  browser,
  fresh,
}) => {
  const context = await browser.newContext({
    javaScriptEnabled: false,
    viewport: { width: 320, height: 640 },
  })
  const page = await context.newPage()
  await makeFirst(page, fresh)
  await expectFits(page)
  await page.getByLabel('E-mail').fill('bob@example.org')
  await page.getByLabel('Viewer').check()
  await page.getByRole('button', { name: 'Create account' }).click()
  const oneTime = await page.locator('.secret').innerText()
  await expectFits(page)
  await page.getByRole('link', { name: 'Your account' }).click()
  await expectFits(page)
  await page.getByRole('button', { name: 'Log out', exact: true }).click()
  await logIn(page, 'bob', oneTime)
  await page.getByLabel('One-time password').fill(oneTime)
  await page.getByLabel('New password').fill('short and sweet')
  await expectFits(page)
  await page.getByRole('button', { name: 'Save and log in' }).click()
  await expect(page).toHaveURL(`${fresh.url}/`)
  await page.goto(`${fresh.url}/settings/tokens`)
  await expect(page.getByRole('heading', { level: 1 })).toContainText('does not have the right')
  await context.close()
})
