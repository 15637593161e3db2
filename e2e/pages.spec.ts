import { expect, test } from './fixtures'

test('an agent’s page follows it turn by turn', async ({ board, fleet }) => {
  await fleet.startWork('tina', 'Build the shed')
  await board.open(`${fleet.muster.url}/projects/${fleet.project}`)
  await board.card('tina').getByRole('link').first().click()
  await board.expectConnection('connected')
  await expect(board.page).toHaveURL(/\/agents\/\d+$/)
  const turns = board.page.locator('#timeline .turn')
  await expect(turns.filter({ hasText: 'Build the shed' })).toHaveCount(1)
  await fleet.startTool('tina', 'saw plank')
  await expect(turns.filter({ hasText: 'saw plank' })).toHaveCount(1)
  await fleet.finish('tina', 'The shed is built.')
  await expect(turns.filter({ hasText: 'Build the shed' })).toContainText('complete')
  await fleet.hook('tina', 'UserPromptSubmit', { prompt: 'Now the roof', prompt_id: 'tina-2' })
  await expect(turns.first()).toContainText('Now the roof')
})

test('a subagent stands in its parent’s card, and only there', async ({ board, fleet }) => {
  await fleet.startWork('parent')
  await board.open(`${fleet.muster.url}/projects/${fleet.project}`)
  await fleet.hook('parent', 'SubagentStart', {
    agent_id: 'kid',
    agent_type: 'Explore',
    prompt_id: 'parent-1',
  })
  const child = board.card('parent').locator('[data-child-id]')
  await expect(child).toHaveCount(1)
  await expect(board.page.locator('[data-agent-session]')).toHaveCount(1)
  await fleet.hook('parent', 'PermissionRequest', {
    agent_id: 'kid',
    tool_name: 'Bash',
    tool_input: { command: 'borrow ladder' },
    prompt_id: 'parent-1',
  })
  await board.expectState('parent', 'awaiting_input')
  await expect(child).toHaveAttribute('data-state', 'awaiting_input')
  await fleet.hook('parent', 'SubagentStop', {
    agent_id: 'kid',
    agent_type: 'Explore',
    prompt_id: 'parent-1',
  })
  await expect(child).toHaveCount(0)
  await board.expectState('parent', 'processing')
})

test('a project’s page shows that project alone', async ({ board, fleet }) => {
  await fleet.startWork('mine')
  await fleet.post('/api/events', {
    type: 'note',
    project: `/srv/else-${fleet.project}`,
    agent: 'theirs',
    state: 'processing',
  })
  await board.open(`${fleet.muster.url}/projects/${fleet.project}`)
  await expect(board.card('mine')).toBeVisible()
  await expect(board.card('theirs')).toHaveCount(0)
})

test.describe('of what is not there', () => {
  test.use({ expectedErrors: /404/ })
  for (const path of [
    '/projects/nowhere',
    '/agents/987654',
    '/agents/x',
    '/events/5',
    '/nothing',
  ]) {
    test(`${path} is an error page that leads back`, async ({ page, fleet }) => {
      const response = await page.goto(`${fleet.muster.url}${path}`)
      expect(response?.status()).toBe(404)
      await expect(page.getByRole('link', { name: 'Go to the board' })).toBeVisible()
    })
  }
})

test('an empty board says how to begin', async ({ board, emptyFleet: fleet }) => {
  await board.open(fleet.muster.url)
  await expect(board.page.locator('#projects')).toContainText('curl')
  await fleet.startWork('first')
  await board.expectState('first', 'processing')
  await expect(board.page.locator('#projects')).not.toContainText('curl')
})
