import { readFileSync } from 'node:fs'
import { projectPath } from '../src/config/project-path'
import expected from '../test/fixtures/expected-board.json' with { type: 'json' }
import { expect, test } from './fixtures'

const recording = readFileSync(projectPath('test/fixtures/claude-code.jsonl'), 'utf8')
const payloads = recording
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))

test('hooks of all kinds end in the expected board, live and after a reload', async ({
  board,
  emptyFleet: fleet,
}) => {
  const kinds = new Set(payloads.map((payload) => payload.hook_event_name))
  expect(kinds.size).toBeGreaterThanOrEqual(31)
  await board.open(fleet.muster.url)
  for (const payload of payloads) await fleet.post('/hooks/claude-code', payload)
  const states = Object.fromEntries(
    Object.entries(expected).map(([session, { state }]) => [session, state]),
  )
  // A session that went on after its context was cleared has one card, that of the newer id.
  const continued = await fleet.sql<{ session_id: string }>(
    'SELECT session_id FROM agents WHERE id IN (SELECT continues_id FROM agents)',
  )
  for (const { session_id } of continued) delete states[session_id]
  await expect.poll(() => board.states()).toEqual(states)
  await board.page.reload()
  await board.expectConnection('connected')
  expect(await board.states()).toEqual(states)
  for (const [session, { children }] of Object.entries(expected)) {
    for (const [child, state] of Object.entries(children)) {
      await expect(
        board.card(session).locator(`[data-child-id][data-state="${state}"]`),
        child,
      ).toHaveCount(1)
    }
  }
})

test('what nobody knows is stored and shown', async ({ board, fleet }) => {
  await fleet.startWork('odd')
  await board.open(`${fleet.muster.url}/projects/${fleet.project}`)
  await fleet.hook('odd', 'MoonPhaseChanged', { phase: 'gibbous', depth: { of: ['field', 7] } })
  const row = board.feedRows().filter({ hasText: 'hook_moon_phase_changed' })
  await expect(row).toHaveCount(1)
  await board.expectState('odd', 'processing')
  await row.getByRole('link').first().click()
  await expect(board.page.locator('.payload')).toContainText('gibbous')
})
