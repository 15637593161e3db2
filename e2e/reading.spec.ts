import { expect, test } from './fixtures'

test('new rows wait while somebody reads the feed', async ({ board, fleet }) => {
  await fleet.startWork('reader')
  await board.open(`${fleet.muster.url}/projects/${fleet.project}`)
  const before = await board.feedIds()
  await board.page.locator('.feed-scroll').hover()
  await fleet.report({ message: 'waits its turn' })
  await expect(board.page.locator('#feed-new')).toHaveText('1 new')
  expect(await board.feedIds()).toEqual(before)
  await board.page.mouse.move(5, 5)
  await expect(board.feedRows().filter({ hasText: 'waits its turn' })).toHaveCount(1)
  await expect(board.page.locator('#feed-new')).toBeHidden()
})

test('cards stay where they are while somebody points at them', async ({ board, fleet }) => {
  await fleet.startWork('held')
  await fleet.startWork('lifted')
  await board.open(`${fleet.muster.url}/projects/${fleet.project}`)
  const order = () =>
    board.page
      .locator('[data-agent-session]')
      .evaluateAll((cards) => cards.map((card) => card.getAttribute('data-agent-session')))
  expect(await order()).toEqual(['held', 'lifted'])
  await board.card('held').hover()
  await fleet.ask('lifted', 'lift')
  await board.expectState('lifted', 'awaiting_input')
  expect(await order()).toEqual(['held', 'lifted'])
  await board.page.mouse.move(5, 5)
  await expect.poll(order).toEqual(['lifted', 'held'])
})

test('the focus stays on a card that changes', async ({ board, fleet }) => {
  await fleet.startWork('focused')
  await board.open(`${fleet.muster.url}/projects/${fleet.project}`)
  const link = board.card('focused').getByRole('link').first()
  await link.focus()
  await fleet.startTool('focused', 'tighten the screw')
  await expect(board.card('focused')).toContainText('tighten the screw')
  await expect(link).toBeFocused()
  await fleet.finish('focused')
  await board.expectState('focused', 'complete')
  await expect(link).toBeFocused()
})

test.describe('while choices are asked for', () => {
  // On a busy machine the next letter comes before the answer for the last one, which is given up.
  test.use({ expectedErrors: /^htmx:\w+, \[object HTMLDataListElement\]$/ })
  test('what is typed into the filter outlives every update', async ({ board, fleet }) => {
    await fleet.startWork('typist')
    await board.open(fleet.muster.url)
    const field = board.page.getByLabel('Project', { exact: true })
    await field.pressSequentially(fleet.project.slice(0, 4))
    await fleet.startWork('another')
    await board.expectState('another', 'processing')
    await expect(field).toHaveValue(fleet.project.slice(0, 4))
    await expect(field).toBeFocused()
  })
})

test('times read as ages and go on by themselves', async ({ board, fleet }) => {
  await fleet.startWork('aging')
  await board.open(`${fleet.muster.url}/projects/${fleet.project}`)
  const time = board.card('aging').locator('time').first()
  await expect(time).toHaveText(/^(now|\d+ s)$/)
  await expect(time).toHaveText(/^[2-9] s$/)
  await expect(time).toHaveAttribute('title', /\d/)
})

test('a finished turn is seen by one and marked so for all', async ({
  board,
  secondBoard,
  fleet,
}) => {
  await fleet.startWork('done')
  await fleet.finish('done')
  const url = `${fleet.muster.url}/projects/${fleet.project}`
  await board.open(url)
  await secondBoard.open(url)
  await board.expectState('done', 'complete')
  await board.card('done').hover()
  await board.card('done').getByRole('button', { name: 'Seen' }).click()
  await board.expectState('done', 'idle')
  await secondBoard.expectState('done', 'idle')
  await expect(board.page).toHaveURL(url)
})
