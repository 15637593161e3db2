import type { Page } from 'playwright/test'
import { Board, expect, type Fleet, test } from './fixtures'

test.use({ expectedErrors: /ERR_|404/ })

async function openStreams(fleet: Fleet): Promise<number> {
  const response = await fetch(`${fleet.muster.url}/health`)
  const health = (await response.json()) as { sse: { by_family: { pages: number } } }
  return health.sse.by_family.pages
}

/** A page in a tab of its own, beside those that are open. */
async function openTab(page: Page, url: string): Promise<Board> {
  const board = new Board(await page.context().newPage())
  await board.open(url)
  return board
}

async function storedIds(fleet: Fleet): Promise<number[]> {
  const rows = await fleet.sql<{ id: string }>('SELECT id FROM events ORDER BY id DESC LIMIT 50')
  return rows.map((row) => Number(row.id))
}

test('when the tab that leads is closed, the others go on, nothing missing and nothing twice', async ({
  page,
  ownFleet: fleet,
}) => {
  await fleet.startWork('one')
  const first = await openTab(page, fleet.muster.url)
  const second = await openTab(page, `${fleet.muster.url}/?sort=priority`)
  const third = await openTab(page, `${fleet.muster.url}/projects/${fleet.project}`)
  const say = (n: number) => fleet.report({ type: 'note', agent: 'writer', text: `note ${n}` })
  for (let n = 0; n < 30; n++) {
    // The one that was opened last leads.
    if (n === 10) void third.page.close()
    if (n === 20) void second.page.goto('about:blank')
    await say(n)
  }
  await first.expectConnection('connected')
  const stored = await storedIds(fleet)
  await expect.poll(() => first.feedIds(), { message: 'the feed' }).toEqual(stored)
  await expect.poll(() => openStreams(fleet), { message: 'open streams' }).toBe(1)
})

test('a leader that hangs without a word is replaced by who looks', async ({
  page,
  emptyFleet: fleet,
}) => {
  await fleet.startWork('one')
  const first = await openTab(page, fleet.muster.url)
  const leader = await openTab(page, `${fleet.muster.url}/?sort=priority`)
  await expect.poll(() => openStreams(fleet), { message: 'open streams' }).toBe(1)
  // A page does nothing at all while it shows a dialog.
  const shown = leader.page.waitForEvent('dialog')
  const hang = leader.page.evaluate(() => alert('hangs'))
  const dialog = await shown
  await fleet.finish('one')
  const label = first.page.locator('#connection')
  await expect(label, 'no claim without a leader').not.toHaveAttribute('data-status', 'connected')
  await first.expectConnection('connected')
  await first.expectState('one', 'complete')
  await dialog.accept()
  await hang
  await leader.expectState('one', 'complete')
  await leader.expectConnection('connected')
  await expect.poll(() => openStreams(fleet), { message: 'open streams' }).toBe(1)
})

test('a tab whose page one stream cannot carry as well polls, and a page that is gone harms no other', async ({
  page,
  emptyFleet: fleet,
}) => {
  await fleet.startWork('one')
  const types = (letter: string) =>
    Array.from({ length: 40 }, (_, n) => `type=${letter.repeat(50)}${n}`).join('&')
  const second = await openTab(page, `${fleet.muster.url}/?${types('a')}`)
  const first = await openTab(page, `${fleet.muster.url}/?${types('b')}`)
  await second.expectConnection('polling')
  // A tab that shows a project that has been removed.
  await first.page.evaluate(() =>
    new BroadcastChannel('muster-live-2').postMessage({
      kind: 'here',
      tab: 'of a page that is gone',
      topics: ['project/gone', 'bar'],
      cursor: '1',
      isHidden: false,
    }),
  )
  const third = await openTab(page, `${fleet.muster.url}/projects/${fleet.project}`)
  await fleet.finish('one')
  for (const board of [first, second, third]) await board.expectState('one', 'complete')
  await third.expectConnection('connected')
  const labels = [first, second].map(({ page }) => page.locator('#connection'))
  const statuses = () =>
    Promise.all(labels.map((label) => label.getAttribute('data-status'))).then((all) => all.sort())
  await expect.poll(statuses).toEqual(['connected', 'polling'])
})

test('a leader that hears of a later one follows it, before it has heard that its lock is gone', async ({
  page,
  fleet,
}) => {
  await openTab(page, fleet.muster.url)
  // Any page of the same origin that takes no part.
  await page.goto(`${fleet.muster.url}/health`)
  const answer = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const channel = new BroadcastChannel('muster-live-2')
        channel.onmessage = ({ data }) => data.kind === 'here' && resolve(data.topics)
        channel.postMessage({ kind: 'ask', term: '~' })
        setTimeout(() => resolve('nobody answered'), 5_000)
      }),
  )
  expect(answer).toEqual(['board', 'bar'])
})
