import { expect, test } from './fixtures'

test('a stream is seen and ended without a script; its page goes on by polling and says so', async ({
  board,
  ownFleet: fleet,
  context,
}) => {
  await fleet.startWork('watched')
  await board.open(fleet.muster.url)
  await board.expectConnection('connected')
  const browser = context.browser()
  const other = await browser?.newContext({
    javaScriptEnabled: false,
    viewport: { width: 320, height: 640 },
  })
  const page = await other?.newPage()
  if (!page) throw new Error('There is no other browser')
  await page.goto(`${fleet.muster.url}/settings`)
  await page.getByRole('link', { name: 'Connections' }).click()
  const stream = page.getByRole('list', { name: 'Streams', exact: true }).getByRole('listitem')
  await expect(stream).toHaveCount(1)
  await expect(stream).toContainText('/live?topic=bar&topic=board')
  await expect(page.getByRole('listitem').filter({ hasText: '1 stream' })).toContainText(
    'The person at the machine',
  )
  const width = await page.locator('html').evaluate((html) => html.scrollWidth)
  expect(width).toBeLessThanOrEqual(320)
  await stream.getByRole('button', { name: /^End / }).click()
  await board.expectConnection('polling')
  await fleet.finish('watched')
  await board.expectState('watched', 'complete')
  await expect
    .poll(async () => {
      await page.reload()
      return page.getByText('Nobody is connected.').count()
    })
    .toBe(1)
  await other?.close()
})
