import { expect, test } from './fixtures'

const AWAY =
  /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_INTERNET_DISCONNECTED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE|ERR_NETWORK|503/

test.use({ expectedErrors: AWAY })

test('after a restart of the server the page is right again without a reload', async ({
  board,
  ownFleet: fleet,
}) => {
  await fleet.startWork('before')
  await board.open(fleet.muster.url)
  await board.page.evaluate(() => document.body.setAttribute('data-not-reloaded', ''))
  await board.expectState('before', 'processing')
  await fleet.muster.stop('SIGKILL')
  await board.expectConnection('polling')
  await fleet.muster.run()
  await fleet.finish('before')
  await fleet.startWork('after')
  await board.expectConnection('connected')
  await board.expectState('before', 'complete')
  await board.expectState('after', 'processing')
  await expect(board.page.locator('body')).toHaveAttribute('data-not-reloaded', '')
  const ids = await board.feedIds()
  expect(new Set(ids).size).toBe(ids.length)
  const stored = await fleet.sql<{ id: string }>('SELECT id FROM events ORDER BY id DESC LIMIT 50')
  await expect.poll(() => board.feedIds()).toEqual(stored.map((row) => Number(row.id)))
})

test('a graceful stop is announced, and the page comes back', async ({
  board,
  emptyFleet: fleet,
}) => {
  await fleet.startWork('announced')
  await board.open(fleet.muster.url)
  await fleet.muster.stop('SIGTERM')
  await expect(board.page.locator('#connection')).not.toHaveAttribute('data-status', 'connected')
  await fleet.muster.run()
  await board.expectConnection('connected')
})

test('the page goes on when the connection that listens is killed', async ({ board, fleet }) => {
  await board.open(`${fleet.muster.url}/?project=${fleet.project}`)
  await fleet.sql(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'muster tail' AND datname = current_database()`,
  )
  await fleet.startWork('survivor')
  await board.expectState('survivor', 'processing')
})

test('what happens while the browser is offline is there when it is back', async ({
  board,
  emptyFleet: fleet,
  context,
}) => {
  await fleet.startWork('away')
  await board.open(fleet.muster.url)
  await context.setOffline(true)
  await board.expectConnection('connected')
  await fleet.muster.stop('SIGKILL')
  await board.expectConnection('offline')
  await fleet.muster.run()
  await fleet.finish('away')
  await board.expectConnection('offline')
  await board.expectState('away', 'processing')
  await context.setOffline(false)
  await board.expectConnection('connected')
  await board.expectState('away', 'complete')
})

test('when every stream is refused the page polls, and streams once it may', async ({
  board,
  emptyFleet: fleet,
}) => {
  let refused = 0
  await board.page.route(/\/live\?/, (route) => {
    if (route.request().headers().accept !== 'text/event-stream' || refused >= 3)
      return route.continue()
    refused++
    return route.fulfill({ status: 503, headers: { 'Retry-After': '1' }, body: '{}' })
  })
  await board.page.goto(fleet.muster.url)
  await board.expectConnection('polling')
  await fleet.startWork('polled')
  await board.expectState('polled', 'processing')
  await board.expectConnection('connected', 40_000)
  expect(refused).toBe(3)
})

test('a browser without EventSource polls', async ({ board, fleet }) => {
  await board.page.addInitScript(() => Reflect.deleteProperty(window, 'EventSource'))
  await board.page.goto(`${fleet.muster.url}/?project=${fleet.project}`)
  await board.expectConnection('polling')
  await fleet.startWork('old-browser')
  await board.expectState('old-browser', 'processing')
  await board.expectConnection('polling')
})

test('a page that comes back from the back/forward cache is up to date', async ({
  board,
  fleet,
}) => {
  await fleet.startWork('cached')
  await board.open(`${fleet.muster.url}/?project=${fleet.project}`)
  await board.page.goto(`${fleet.muster.url}/health`)
  await fleet.finish('cached')
  // goBack() waits for a load that a page from the cache does not have.
  await board.page.evaluate(() => history.back())
  await expect(board.page).toHaveURL(/project=/)
  await board.expectConnection('connected')
  await board.expectState('cached', 'complete')
})

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false })
  test('the page is complete', async ({ board, fleet }) => {
    await fleet.startWork('plain')
    await fleet.ask('plain', 'read only')
    await expect
      .poll(async () => {
        await board.page.goto(`${fleet.muster.url}/projects/${fleet.project}`)
        return board.card('plain').getAttribute('data-state')
      })
      .toBe('awaiting_input')
    await expect(board.page.locator('#recommended')).toContainText('read only')
    await expect(board.feedRows().first()).toBeVisible()
    await expect(board.page.locator('noscript meta, meta[http-equiv="refresh"]')).toHaveCount(1)
  })
})
