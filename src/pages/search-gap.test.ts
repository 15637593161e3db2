import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestFleet, type TestFleet } from '../../test/support/fleet'
import { reportOf } from '../../test/support/report'
import { FRAME } from '../../views/sample-board'
import { Roster } from '../fleet/roster'
import { WHOLE_LOG } from '../log/scope'
import { indexPage } from '../log/search-index'
import { createPage, pageKey } from './create-page'

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
  const data = { db: fleet.db, roster, address: 'http://muster.test' }
  const page = createPage(pageKey(WHOLE_LOG, 'events?q=needle'), data)
  await page.load(Number.MAX_SAFE_INTEGER - 1)
  const text = () => String(page.render(FRAME))
  expect(text()).toContain('Searched up to')
  expect(text()).not.toContain('in the hay')

  while ((await indexPage(fleet.db, 1_000)) === 1_000);
  await page.update([])
  expect(text()).toContain('in the hay')
  expect(text()).not.toContain('Searched up to')
})
