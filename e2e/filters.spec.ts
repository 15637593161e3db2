import { expect, test } from './fixtures'

test('a filter in the address survives a reload', async ({ board, fleet }) => {
  await fleet.startWork('f1')
  await fleet.startWork('f2')
  await fleet.ask('f2', 'dig')
  await board.open(`${fleet.muster.url}/?project=${fleet.project}&state=awaiting_input`)
  await expect(board.card('f2')).toBeVisible()
  await expect(board.card('f1')).toHaveCount(0)
  await board.page.reload()
  await board.expectConnection('connected')
  await expect(board.card('f2')).toBeVisible()
  await expect(board.card('f1')).toHaveCount(0)
})

test('under a state filter cards come and go as agents change', async ({ board, fleet }) => {
  await fleet.startWork('g1')
  await board.open(`${fleet.muster.url}/?project=${fleet.project}&state=awaiting_input`)
  await expect(board.card('g1')).toHaveCount(0)
  await fleet.ask('g1', 'climb')
  await board.expectState('g1', 'awaiting_input')
  await fleet.finish('g1')
  await expect(board.card('g1')).toHaveCount(0)
})

test('a project filter keeps other projects out of the stream', async ({ board, fleet }) => {
  await fleet.startWork('h1')
  const frames: string[] = []
  await board.open(`${fleet.muster.url}/?project=${fleet.project}`)
  await board.page.evaluate(() => {
    document.body.addEventListener('htmx:sseMessage', (event) => {
      const { data } = (event as CustomEvent<MessageEvent<string>>).detail
      sessionStorage.setItem('frames', (sessionStorage.getItem('frames') ?? '') + data)
    })
  })
  await fleet.post('/api/events', {
    type: 'note',
    project: `other-${fleet.project}`,
    message: 'elsewhere',
  })
  await fleet.report({ message: 'here' })
  await expect(board.feedRows().filter({ hasText: 'here' })).toHaveCount(1)
  frames.push((await board.page.evaluate(() => sessionStorage.getItem('frames'))) ?? '')
  expect(frames.join('')).toContain('here')
  expect(frames.join('')).not.toContain('elsewhere')
  await expect(board.feedRows().filter({ hasText: 'elsewhere' })).toHaveCount(0)
})

test('an agent filter shows one session and its events', async ({ board, fleet }) => {
  await fleet.startWork('i1')
  await fleet.startWork('i2')
  const [agent] = await fleet.sql<{ id: string }>(
    `SELECT agents.id FROM agents JOIN projects ON projects.id = project_id
     WHERE session_id = 'i1' AND projects.name = $1`,
    [fleet.project],
  )
  await board.open(`${fleet.muster.url}/?agent=${agent?.id}`)
  await expect(board.card('i1')).toBeVisible()
  await expect(board.card('i2')).toHaveCount(0)
  await fleet.startTool('i2', 'not for this page')
  await fleet.startTool('i1', 'for this page')
  await expect(board.feedRows().filter({ hasText: 'for this page' })).toHaveCount(1)
  await expect(board.feedRows().filter({ hasText: 'not for this page' })).toHaveCount(0)
})

test('a type filter narrows the feed and leaves the cards', async ({ board, fleet }) => {
  await fleet.startWork('j1')
  await board.open(`${fleet.muster.url}/?project=${fleet.project}&type=by_type`)
  await expect(board.card('j1')).toBeVisible()
  await expect(board.feedRows()).toHaveCount(0)
  await fleet.report({ message: 'another type' })
  await fleet.report({ type: 'by_type', message: 'the chosen type' })
  await expect(board.feedRows()).toHaveCount(1)
  await expect(board.feedRows()).toContainText('the chosen type')
})

test('the form puts the filter into the address', async ({ board, fleet }) => {
  await fleet.startWork('k1')
  await fleet.startWork('k2')
  await fleet.finish('k2')
  await board.open(`${fleet.muster.url}/projects/${fleet.project}`)
  await board.page.locator('#filter-state').selectOption('complete')
  await expect(board.page).toHaveURL(/\?state=complete$/)
  await expect(board.card('k2')).toBeVisible()
  await expect(board.card('k1')).toHaveCount(0)
})

test('a filter that matches nothing says so and can be cleared', async ({ board, fleet }) => {
  await fleet.startWork('l1')
  await board.open(`${fleet.muster.url}/projects/${fleet.project}?state=errored`)
  await expect(board.page.getByText('No agent matches this filter')).toBeVisible()
  await board.page.getByRole('link', { name: 'Clear the filter' }).click()
  await expect(board.card('l1')).toBeVisible()
})

test.describe('with a filter that cannot be meant', () => {
  test.use({ expectedErrors: /400/ })
  test('the page says which part is wrong', async ({ page, fleet }) => {
    const response = await page.goto(`${fleet.muster.url}/?state=asleep`)
    expect(response?.status()).toBe(400)
    await expect(page.getByRole('heading', { level: 1 })).toContainText('asleep')
  })
})
