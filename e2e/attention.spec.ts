import type { Page } from 'playwright/test'
import { Desktop } from './desktop'
import { type Board, expect, type Fleet, test } from './fixtures'
import { overhang, SCHEMES, WIDTHS } from './look'

/** Opens the page and asks for notifications, as a person does. */
async function switchOn(board: Board, desktop: Desktop): Promise<void> {
  await button(board.page).click()
  await expect(button(board.page)).toHaveAttribute('data-notify', 'on')
  await expect.poll(() => desktop.shown('muster-on'), { message: 'the greeting' }).toHaveLength(1)
}

const button = (page: Page) => page.getByRole('button', { name: /^Desktop notifications/ })
const iconOf = (page: Page) =>
  page.locator('#icon').evaluate((link) => decodeURIComponent(link.getAttribute('href') ?? ''))

function projectPage(fleet: Fleet): string {
  return `${fleet.muster.url}/projects/${fleet.project}`
}

test('title and icon say how many wait, from the first byte and live', async ({
  board,
  emptyFleet: fleet,
  page,
}) => {
  await fleet.startWork('one')
  await fleet.startWork('two')
  await fleet.ask('one', 'sell house')
  await page.goto(fleet.muster.url)
  await expect(page).toHaveTitle('(1) Muster')
  expect(await iconOf(page)).toContain('>1</text>')
  await board.expectConnection('connected')
  await fleet.ask('two', 'sell garden')
  await expect(page).toHaveTitle('(2) Muster')
  expect(await iconOf(page)).toContain('>2</text>')
  await fleet.finish('one')
  await fleet.finish('two')
  await expect(page).toHaveTitle('Muster')
  expect(await iconOf(page)).toMatch(/^\/assets\/favicon\.svg/)
})

test('the number is of all sessions, on every page and under every filter', async ({
  board,
  emptyFleet: fleet,
  page,
}) => {
  await fleet.startWork('here')
  const say = (prompt_id: string, hook_event_name: string, fields = {}) => {
    const other = { cwd: '/srv/elsewhere', session_id: 'there', prompt_id, hook_event_name }
    return fleet.post('/hooks/claude-code', { ...other, ...fields })
  }
  const [agent] = await fleet.sql<{ id: string }>('SELECT id FROM agents')
  const pages: [string, string][] = [
    [`/?project=${fleet.project}&state=idle`, ' Muster'],
    [`/projects/${fleet.project}`, ` ${fleet.project} · Muster`],
    [`/agents/${agent?.id}`, ' Mend the fence · Muster'],
  ]
  for (const [path, title] of pages) {
    await say(path, 'UserPromptSubmit', { prompt: 'Dig' })
    await board.open(`${fleet.muster.url}${path}`)
    await expect(page).toHaveTitle(title.trim())
    await say(path, 'PermissionRequest', { tool_name: 'Bash', tool_input: { command: 'dig' } })
    await expect(page).toHaveTitle(`(1)${title}`)
    await say(path, 'Stop', { last_assistant_message: 'Dug.' })
    await expect(page).toHaveTitle(title.trim())
  }
})

test.describe('without a script', () => {
  test.use({ javaScriptEnabled: false })
  test('title and icon are right, and no button is offered', async ({
    emptyFleet: fleet,
    page,
  }) => {
    await fleet.startWork('one')
    await fleet.ask('one', 'sell house')
    // Nothing brings this page up to date but another look.
    await expect(async () => {
      await page.goto(fleet.muster.url)
      expect(await page.title(), 'a title with the number').toBe('(1) Muster')
    }).toPass({ timeout: 10_000 })
    await expect(page.locator('#icon')).toHaveAttribute('href', /^data:image\/svg/)
    await expect(page.locator('#notify')).toBeHidden()
  })
})

test('notifications are asked for by the button and never by the page', async ({
  board,
  emptyFleet: fleet,
  context,
}) => {
  const desktop = await Desktop.of(context, 'default')
  await fleet.startWork('one')
  await fleet.ask('one', 'sell house')
  await board.open(fleet.muster.url)
  await expect(button(board.page)).toHaveAttribute('data-notify', 'off')
  await expect(button(board.page)).toHaveAttribute('aria-pressed', 'false')
  await fleet.startWork('two')
  await fleet.ask('two', 'sell garden')
  await expect(board.page).toHaveTitle('(2) Muster')
  expect(desktop.events).toEqual([])
  await button(board.page).focus()
  await board.page.keyboard.press('Enter')
  await expect(button(board.page)).toHaveAttribute('aria-pressed', 'true')
  await expect.poll(() => desktop.titles()).toEqual(['2 agents wait for input'])
  expect(desktop.events.filter(({ what }) => what === 'asked')).toHaveLength(1)
})

test('each ask is told once, and taken back when it is answered', async ({
  board,
  emptyFleet: fleet,
  context,
}) => {
  const desktop = await Desktop.of(context, 'granted')
  await fleet.startWork('one')
  await board.open(fleet.muster.url)
  await switchOn(board, desktop)
  await fleet.ask('one', 'rm -r <b>shed</b>')
  await expect.poll(() => desktop.titles()).toContain('Mend the fence needs input')
  const [told] = desktop.shown(/^ask\//)
  expect(told?.body).toContain('rm -r <b>shed</b>')
  // Other news of the same agent tells nothing again.
  await fleet.startTool('one', 'whistle')
  await fleet.startWork('two')
  await board.expectState('two', 'processing')
  expect(desktop.shown(/^ask\//)).toHaveLength(1)
  expect(desktop.closed(/^ask\//)).toHaveLength(0)
  await fleet.finish('one')
  await expect.poll(() => desktop.closed(/^ask\//)).toHaveLength(1)
  await expect.poll(() => desktop.titles()).toContain('Mend the fence has finished')
  await fleet.hook('one', 'UserPromptSubmit', { prompt: 'Paint it', prompt_id: 'one-2' })
  await expect.poll(() => desktop.closed(/^finished\//)).toHaveLength(1)
  expect(desktop.titles()).toHaveLength(3)
})

test('a failure and a stuck agent are told, and taken back when they are over', async ({
  board,
  emptyFleet: fleet,
  context,
}) => {
  const desktop = await Desktop.of(context, 'granted')
  await fleet.startWork('one')
  await fleet.startWork('two')
  await board.open(fleet.muster.url)
  await switchOn(board, desktop)
  await fleet.hook('one', 'StopFailure', { error: 'rate_limit', prompt_id: 'one-1' })
  await expect.poll(() => desktop.titles()).toContain('Mend the fence failed')
  for (let n = 0; n < 8; n++) {
    await fleet.hook('two', 'PreToolUse', {
      tool_name: 'Bash',
      tool_input: { command: 'try again' },
      tool_use_id: `two-${n}`,
      prompt_id: 'two-1',
    })
  }
  await expect.poll(() => desktop.titles()).toContain('Mend the fence is stuck')
  await fleet.hook('one', 'UserPromptSubmit', { prompt: 'Once more', prompt_id: 'one-2' })
  await fleet.finish('two')
  await expect.poll(() => desktop.closed(/^(failed|stuck)\//)).toHaveLength(2)
})

test('a click brings the agent’s page to the front', async ({
  board,
  emptyFleet: fleet,
  context,
}) => {
  const desktop = await Desktop.of(context, 'granted')
  await fleet.startWork('one')
  await board.open(fleet.muster.url)
  await switchOn(board, desktop)
  await fleet.ask('one', 'sell house')
  await expect.poll(() => desktop.shown(/^ask\//)).toHaveLength(1)
  await desktop.click(board.page, /^ask\//)
  await expect(board.page).toHaveURL(/\/agents\/\d+$/)
  await expect(board.page.locator('h1')).toHaveText('Mend the fence')
  await board.expectConnection('connected')
  expect(desktop.shown(/^ask\//)).toHaveLength(1)
})

test('of two tabs one tells, and the other goes on when it is closed', async ({
  board,
  emptyFleet: fleet,
  context,
}) => {
  const desktop = await Desktop.of(context, 'granted')
  await fleet.startWork('one')
  await board.open(fleet.muster.url)
  await switchOn(board, desktop)
  const second = await context.newPage()
  await second.goto(fleet.muster.url)
  await expect(button(second)).toHaveAttribute('data-notify', 'on')
  await expect(second.locator('#connection')).toHaveAttribute('data-status', 'connected')
  await fleet.ask('one', 'sell house')
  await expect(board.page).toHaveTitle('(1) Muster')
  await expect(second).toHaveTitle('(1) Muster')
  await expect.poll(() => desktop.shown(/^ask\//)).toHaveLength(1)
  expect(desktop.shown(/^ask\//)[0]?.page).toBe(board.page)
  await board.page.goto('about:blank')
  // The second tab takes back what the first has shown, and tells what is new.
  await fleet.finish('one')
  await expect.poll(() => desktop.isOnDesktop(/^ask\//)).toBe(false)
  await expect.poll(() => desktop.shown(/^finished\//)).toHaveLength(1)
  expect(desktop.shown(/^finished\//)[0]?.page).toBe(second)
})

test.describe('where the server goes away', () => {
  test.use({ expectedErrors: /ERR_/ })
  test('a reload and a new connection repeat nothing', async ({
    board,
    emptyFleet: fleet,
    context,
  }) => {
    const desktop = await Desktop.of(context, 'granted')
    await fleet.startWork('one')
    await board.open(fleet.muster.url)
    await switchOn(board, desktop)
    await fleet.ask('one', 'sell house')
    await expect.poll(() => desktop.shown(/^ask\//)).toHaveLength(1)
    await board.page.reload()
    await board.expectConnection('connected')
    await fleet.muster.stop('SIGKILL')
    await board.expectConnection('polling')
    await fleet.muster.run()
    await board.expectConnection('connected')
    await fleet.startWork('two')
    await fleet.ask('two', 'sell garden')
    await expect.poll(() => desktop.shown(/^ask\//)).toHaveLength(2)
    expect(new Set(desktop.shown(/^ask\//).map(({ tag }) => tag)).size).toBe(2)
    const [first] = desktop.shown(/^ask\//)
    await fleet.finish('one')
    await expect.poll(() => desktop.isOnDesktop(first?.tag ?? '')).toBe(false)
    expect(desktop.isOnDesktop(/^ask\//)).toBe(true)
  })
})

test('a page that comes back by "back" tells what is new, and nothing twice', async ({
  board,
  emptyFleet: fleet,
  context,
}) => {
  const desktop = await Desktop.of(context, 'granted')
  await fleet.startWork('one')
  await fleet.startWork('two')
  await board.open(fleet.muster.url)
  await switchOn(board, desktop)
  await board.page.evaluate(() => document.body.setAttribute('data-not-reloaded', ''))
  await board.open(projectPage(fleet))
  await fleet.ask('one', 'sell house')
  await expect.poll(() => desktop.shown(/^ask\//)).toHaveLength(1)
  // goBack() waits for a load that a page from the cache does not have.
  await board.page.evaluate(() => history.back())
  await expect(board.page.locator('body[data-not-reloaded]')).toBeVisible()
  await board.expectConnection('connected')
  await fleet.ask('two', 'sell garden')
  await expect.poll(() => desktop.shown(/^ask\//)).toHaveLength(2)
  await fleet.finish('one')
  await fleet.finish('two')
  await expect.poll(() => desktop.isOnDesktop(/^ask\//)).toBe(false)
  expect(desktop.titles().filter((title) => title.endsWith('needs input'))).toHaveLength(2)
})

test('muted in one tab is muted in all, and what came meanwhile is not told later', async ({
  board,
  emptyFleet: fleet,
  context,
}) => {
  const desktop = await Desktop.of(context, 'granted')
  await fleet.startWork('one')
  await fleet.startWork('two')
  await board.open(fleet.muster.url)
  await switchOn(board, desktop)
  const second = await context.newPage()
  await second.goto(projectPage(fleet))
  await button(second).click()
  await expect(button(second)).toHaveAttribute('data-notify', 'muted')
  await expect(button(board.page)).toHaveAttribute('data-notify', 'muted')
  await expect(button(board.page)).toHaveAttribute('aria-pressed', 'false')
  await fleet.ask('one', 'sell house')
  await expect(board.page).toHaveTitle('(1) Muster')
  await button(board.page).click()
  await expect(button(second)).toHaveAttribute('data-notify', 'on')
  await fleet.ask('two', 'sell garden')
  await expect.poll(() => desktop.shown(/^ask\//)).toHaveLength(1)
  expect(desktop.shown(/^ask\//)[0]?.body).toContain('sell garden')
})

test('a browser that blocks notifications is explained', async ({
  board,
  emptyFleet: fleet,
  context,
}) => {
  const desktop = await Desktop.of(context, 'denied')
  await board.open(fleet.muster.url)
  const note = board.page.locator('#notify-note')
  await expect(button(board.page)).toHaveAccessibleName('Desktop notifications: Blocked')
  await expect(button(board.page)).toHaveAttribute('aria-expanded', 'false')
  await expect(note).toBeHidden()
  await button(board.page).click()
  await expect(button(board.page)).toHaveAttribute('aria-expanded', 'true')
  await expect(note).toBeVisible()
  await expect(note).toContainText('This browser blocks notifications')
  await board.page.keyboard.press('Escape')
  await expect(note).toBeHidden()
  await expect(button(board.page)).toHaveAttribute('aria-expanded', 'false')
  expect(desktop.events).toEqual([])
})

test('the button fits at every width, and a finger hits it', async ({
  board,
  emptyFleet: fleet,
  context,
}) => {
  await Desktop.of(context, 'denied')
  await fleet.startWork('one')
  await fleet.ask('one', 'sell house')
  await board.open(projectPage(fleet))
  const { page } = board
  const note = page.locator('#notify-note')
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 700 })
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme })
      await expect(note).toBeHidden()
      await button(page).click()
      await expect(note).toBeVisible()
      expect(await overhang(page), `wider than ${width} px by`).toBeLessThanOrEqual(0)
      const box = await button(page).boundingBox()
      expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(44)
      await page.keyboard.press('Escape')
    }
  }
})
