import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestFleet, type TestFleet } from '../../../test/support/fleet'
import { openPage } from '../../../test/support/pages'
import { reportOf } from '../../../test/support/report'
import { FRAME } from '../../../test/support/sample-board'
import { Roster } from '../../fleet/roster'
import { indexPage } from '../../log/search-index'

let fleet: TestFleet
beforeEach(async () => {
  fleet = await createTestFleet()
})
afterEach(() => fleet.end())

test('a page that was searched before the index had all finds the rest when it has', async () => {
  await fleet.recorder.record([reportOf({ summary: 'a needle in the hay' })], 1)
  await fleet.query(`INSERT INTO events (type, project_id, summary)
    SELECT 'hay', (SELECT min(id) FROM projects), 'hay' FROM generate_series(1, 5001)`)
  const roster = new Roster(fleet.db)
  await roster.load()
  const page = openPage('events?q=needle', { db: fleet.db, roster })
  await page.load(Number.MAX_SAFE_INTEGER - 1)
  const text = () => String(page.render(FRAME))
  expect(text()).toContain('Searched up to')
  expect(text()).not.toContain('in the hay')

  while ((await indexPage(fleet.db, 1_000)) === 1_000);
  await page.update([])
  expect(text()).toContain('in the hay')
  expect(text()).not.toContain('Searched up to')
})
