import type { Page } from 'playwright/test'
import { test as base, expect, type Fleet } from './fixtures'
import { ReverseProxy } from './proxy'

/** A Muster behind something that disturbs its streams. */
const test = base.extend<{ front: ReverseProxy }>({
  expectedErrors: /ERR_|503|404/,
  front: async ({ fleet, page }, use) => {
    const proxy = await ReverseProxy.before(fleet.muster.url)
    await use(proxy)
    await page.close()
    await proxy.close()
  },
})

/** What the label has said, one after the other. */
async function recordLabel(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const said: string[] = []
    Reflect.set(window, 'said', said)
    const label = document.getElementById('connection')
    const look = () => said.push(label?.textContent?.trim() ?? '')
    look()
    if (label) new MutationObserver(look).observe(label, { subtree: true, childList: true })
  })
  return () => page.evaluate(() => [...new Set(Reflect.get(window, 'said') as string[])])
}

const frame = (event: string, data: object) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
const pathOf = (fleet: Fleet) => `/?project=${fleet.project}`

test('streams that the server replaces are followed without a break', async ({
  board,
  fleet,
  front,
}) => {
  await fleet.startWork('rotated')
  await board.open(front.url + pathOf(fleet))
  const said = await recordLabel(board.page)
  for (let n = 1; n <= 5; n++) {
    front.say(frame('close', { reason: 'rotate', retry_ms: 900 }), true)
    await fleet.startTool('rotated', `turn ${n}`)
    await expect(board.card('rotated')).toContainText(`turn ${n}`)
    await expect.poll(() => front.streamsAsked, { message: 'streams' }).toBe(n + 1)
  }
  expect(await said()).toEqual(['Connected'])
  const ids = await board.feedIds()
  expect(new Set(ids).size).toBe(ids.length)
  await expect(board.feedRows()).toHaveCount(ids.length)
})

test('an error frame is a notice and no break', async ({ board, fleet, front }) => {
  await board.open(front.url + pathOf(fleet))
  const said = await recordLabel(board.page)
  front.say(frame('error', { error_type: 'database_away', message: 'The <b>database</b> is away' }))
  await expect(board.page.locator('#notice')).toHaveText('The <b>database</b> is away')
  front.say(frame('error', { error_type: 'database_back', message: 'It is back' }))
  await expect(board.page.locator('#notice')).toBeHidden()
  expect(await said()).toEqual(['Connected'])
  expect(front.streamsAsked).toBe(1)
})

test('in a storm of 503s the page asks seldom, and as late as it is told to', async ({
  board,
  fleet,
  front,
}) => {
  await fleet.startWork('stormy')
  await board.open(front.url + pathOf(fleet))
  const said = await recordLabel(board.page)
  front.refuse = () => ({ status: 503, retryAfter: 3 })
  const begun = Date.now()
  front.say('', true)
  await expect
    .poll(() => front.asked.filter(({ stream }) => !stream).length, { timeout: 15_000 })
    .toBeGreaterThanOrEqual(2)
  const asked = front.asked.filter(({ at }) => at >= begun)
  const perSecond = asked.length / ((Date.now() - begun) / 1_000)
  expect(perSecond, 'requests a second').toBeLessThan(1)
  await fleet.finish('stormy')
  front.refuse = (isStream) => (isStream ? { status: 503, retryAfter: 3 } : null)
  await board.expectState('stormy', 'complete')
  front.refuse = null
  await board.expectConnection('connected')
  const streams = front.asked.filter(({ at, stream }) => stream && at >= begun).map(({ at }) => at)
  const pauses = streams.slice(1).map((at, n) => at - (streams[n] ?? 0))
  expect(Math.min(...pauses), `pauses of ${pauses}`).toBeGreaterThanOrEqual(2_900)
  expect(await said()).toEqual(['Connected', 'Reconnecting…', 'Polling every 5 s'])
})

test('whose place another needs comes back as late as it is told to, and is up to date meanwhile', async ({
  board,
  fleet,
  front,
}) => {
  await fleet.startWork('displaced')
  await board.open(front.url + pathOf(fleet))
  const said = await recordLabel(board.page)
  const begun = Date.now()
  front.say(frame('close', { reason: 'busy', retry_ms: 6_000 }), true)
  await fleet.finish('displaced')
  await board.expectState('displaced', 'complete')
  await board.expectConnection('polling')
  await board.expectConnection('connected')
  const [back, ...more] = front.asked.filter(({ at, stream }) => stream && at >= begun)
  expect(more).toEqual([])
  expect((back?.at ?? 0) - begun).toBeGreaterThanOrEqual(5_900)
  expect(front.asked.filter(({ stream }) => !stream).length).toBeGreaterThanOrEqual(2)
  expect(await said()).toEqual(['Connected', 'Polling every 5 s'])
})

test('a refresh by hand works while nothing streams, and says how it went', async ({
  board,
  fleet,
  front,
}) => {
  await fleet.startWork('hurried')
  front.refuse = (isStream) => (isStream ? { status: 503, retryAfter: 60 } : null)
  await board.page.goto(front.url + pathOf(fleet))
  await board.expectConnection('polling')
  await board.page.evaluate(() => {
    const link = document.createElement('a')
    Object.assign(link, { href: '/nowhere', textContent: 'Refresh' }).dataset.refresh = ''
    document.getElementById('main')?.prepend(link)
  })
  const link = board.page.getByRole('link', { name: 'Refresh', exact: true })
  const note = board.page.locator('output.refresh-note')
  front.refuse = () => ({ status: 503, retryAfter: 60 })
  await link.click()
  await expect(note).toHaveText('Muster cannot be reached')
  await fleet.finish('hurried')
  front.refuse = (isStream) => (isStream ? { status: 503, retryAfter: 60 } : null)
  await link.click()
  await expect(link).toHaveAttribute('data-refreshed', /^\d{4}-\d\d-\d\dT/)
  await expect(note).toContainText('Refreshed at')
  await board.expectState('hurried', 'complete')
  await board.expectConnection('polling')
})

test('after a reset the page holds what the log holds', async ({ board, ownFleet: fleet }) => {
  await fleet.startWork('resumed')
  await board.open(fleet.muster.url)
  await fleet.muster.stop('SIGKILL')
  // Meanwhile another process has written rows and removed some of them again.
  await fleet.sql("INSERT INTO events (type) SELECT 'note' FROM generate_series(1, 5)")
  await fleet.sql('UPDATE log_floor SET trimmed_through = (SELECT max(id) - 1 FROM events)')
  await fleet.sql('DELETE FROM events WHERE id <= (SELECT trimmed_through FROM log_floor)')
  await fleet.muster.run()
  await fleet.finish('resumed')
  await board.expectConnection('connected')
  await board.expectState('resumed', 'complete')
  const stored = await fleet.sql<{ id: string }>('SELECT id FROM events ORDER BY id DESC')
  await expect.poll(() => board.feedIds()).toEqual(stored.map((row) => Number(row.id)))
})
