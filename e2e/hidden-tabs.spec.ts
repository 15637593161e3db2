import { chromium } from 'playwright'
import { Chrome, type Tab } from './chrome'
import { test as base, expect, type Fleet } from './fixtures'
import { ReverseProxy } from './proxy'

/** A browser that hides what is in the background, and a Muster whose streams are counted. */
const test = base.extend<{ chrome: Chrome; front: ReverseProxy }>({
  chrome: async ({ muster: _ }, use) => {
    const chrome = await Chrome.start(process.env.MUSTER_BROWSER ?? chromium.executablePath())
    await use(chrome)
    await chrome.close()
  },
  front: async ({ fleet }, use) => {
    const front = await ReverseProxy.before(fleet.muster.url)
    await use(front)
    await front.close()
  },
})

const CONNECTED = 'connected'
const pathOf = (fleet: Fleet) => `/?project=${fleet.project}`

/** State of the agent, as the page has it. */
function stateIn(tab: Tab, session: string): Promise<unknown> {
  return tab.evaluate(`document.querySelector('[data-agent-session="${session}"]')?.dataset.state`)
}

function isHidden(tab: Tab): Promise<unknown> {
  return tab.evaluate('document.hidden')
}

/** Whether the tab holds the lock of the leader. */
function leads(tab: Tab): Promise<unknown> {
  return tab.evaluate(`navigator.locks.request('probe' + Math.random(), async ({ name }) => {
    const { held } = await navigator.locks.query()
    const clientOf = (lock) => held.find((one) => one.name === lock)?.clientId
    return clientOf(name) === clientOf('muster-live-2')
  })`)
}

async function openStreams(fleet: Fleet): Promise<number> {
  const response = await fetch(`${fleet.muster.url}/health`)
  const health = (await response.json()) as { sse: { by_family: { pages: number } } }
  return health.sse.by_family.pages
}

test('ten tabs of different pages share one stream, and each is live', async ({
  chrome,
  fleet,
}) => {
  await fleet.startWork('shared')
  const [agent] = await fleet.sql<{ id: string }>(
    "SELECT id FROM agents WHERE session_id = 'shared'",
  )
  const [project, board] = [`/projects/${fleet.project}`, `/?project=${fleet.project}`]
  const paths = [board, `${board}&sort=priority`, `${board}&state=processing`]
  paths.push(`${board}&agent=${agent?.id}`, '/', '/?sort=priority', project)
  paths.push(`${project}?state=processing`, `/agents/${agent?.id}`, board)
  const tabs: Tab[] = []
  // The seventh of a browser that gave each tab a stream would never load.
  for (const path of paths) {
    const tab = await chrome.open(fleet.muster.url + path)
    await expect.poll(() => tab.status(), { message: path }).toBe(CONNECTED)
    tabs.push(tab)
  }
  await expect.poll(() => openStreams(fleet), { message: 'open streams' }).toBe(1)
  await fleet.startTool('shared', 'shared hammer')
  for (const [n, tab] of tabs.entries()) {
    const text = () => tab.evaluate("document.getElementById('main')?.textContent")
    await expect.poll(text, { message: paths[n] ?? '' }).toContain('shared hammer')
    await expect.poll(() => tab.status()).toBe(CONNECTED)
  }
  expect(await openStreams(fleet)).toBe(1)
})

test('who looks leads: a hidden leader yields, and every tab stays live', async ({
  chrome,
  fleet,
  front,
}) => {
  await fleet.startWork('looked-at')
  const first = await chrome.open(front.url + pathOf(fleet))
  await expect.poll(() => first.status()).toBe(CONNECTED)
  const second = await chrome.open(`${front.url}/projects/${fleet.project}`)
  await expect.poll(() => second.status()).toBe(CONNECTED)
  await expect.poll(() => Promise.all([leads(first), leads(second)])).toEqual([false, true])
  await first.bringToFront()
  await expect.poll(() => Promise.all([leads(first), leads(second)])).toEqual([true, false])
  await expect.poll(() => front.streams.size, { message: 'streams' }).toBe(1)
  await fleet.finish('looked-at')
  for (const tab of [first, second]) {
    await expect.poll(() => stateIn(tab, 'looked-at')).toBe('complete')
    await expect.poll(() => tab.status()).toBe(CONNECTED)
  }
  expect(await isHidden(second)).toBe(true)
})

test('a frozen leader hands over, and is up to date when it goes on', async ({
  chrome,
  fleet,
  front,
}) => {
  await fleet.startWork('thawed')
  const first = await chrome.open(front.url + pathOf(fleet))
  await expect.poll(() => first.status()).toBe(CONNECTED)
  const leader = await chrome.open(`${front.url}/projects/${fleet.project}`)
  await expect.poll(() => leads(leader)).toBe(true)
  await chrome.open('about:blank')
  await expect.poll(() => isHidden(leader)).toBe(true)
  await leader.send('Page.setWebLifecycleState', { state: 'frozen' })
  await expect.poll(() => front.streams.size, { message: 'streams' }).toBe(1)
  await fleet.finish('thawed')
  await expect.poll(() => stateIn(first, 'thawed')).toBe('complete')
  expect(await stateIn(leader, 'thawed'), 'a frozen page').toBe('processing')
  await leader.bringToFront()
  await expect.poll(() => stateIn(leader, 'thawed')).toBe('complete')
  await expect.poll(() => leader.status()).toBe(CONNECTED)
  await expect.poll(() => leads(leader)).toBe(true)
})

test('where tabs cannot agree on a leader only those stream that are looked at', async ({
  chrome,
  fleet,
  front,
}) => {
  await fleet.startWork('lone')
  const tabs: Tab[] = []
  // Browsers open six connections to a server; the seventh page would wait for ever.
  for (let n = 1; n <= 7; n++) {
    const url = front.url + pathOf(fleet)
    const tab = await chrome.open(url, 'delete Navigator.prototype.locks')
    await expect.poll(() => tab.status(), { message: `tab ${n}` }).toBe(CONNECTED)
    tabs.push(tab)
  }
  await expect.poll(() => front.streams.size, { message: 'streams' }).toBe(1)
  await fleet.finish('lone')
  const [first, last] = [tabs[0], tabs[6]]
  if (!first || !last) throw new Error('There are no tabs')
  await expect.poll(() => stateIn(last, 'lone')).toBe('complete')
  expect(await stateIn(first, 'lone')).toBe('processing')
  expect(await first.status(), 'a page without a stream').not.toBe(CONNECTED)
  await first.bringToFront()
  await expect.poll(() => stateIn(first, 'lone')).toBe('complete')
  await expect.poll(() => first.status()).toBe(CONNECTED)
  await expect.poll(() => front.streams.size, { message: 'streams' }).toBe(1)
})
