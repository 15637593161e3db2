import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestFleet, type TestFleet } from '../../../test/support/fleet'
import { openPage, textOf } from '../../../test/support/pages'
import { prompted, reportOf } from '../../../test/support/report'
import { EVERYTHING } from '../../filter/filter'
import { Roster } from '../../fleet/roster'
import { readAfter, readBounds } from '../../log/history'
import type { Scope } from '../../log/scope'
import { SavedViews } from '../../saved-views/saved-views'
import type { Page } from '../define-page'

const OWNER = 'person:ada'
const BOUND: Scope = { projectIds: [1], seesAccess: false }

let fleet: TestFleet
let roster: Roster
let views: SavedViews
let cursor: number

beforeEach(async () => {
  fleet = await createTestFleet()
  for (const project of ['mine', 'theirs']) {
    const said = { project, session: project, summary: `words of ${project}` }
    await fleet.recorder.record([reportOf({ ...said, signal: prompted(`go, ${project}`) })], 1)
  }
  roster = new Roster(fleet.db)
  await roster.load()
  views = new SavedViews(fleet.db)
  cursor = (await readBounds(fleet.db)).head
})
afterEach(() => fleet.end())

async function open(id: string, owner: string | null = OWNER, scope = BOUND): Promise<Page> {
  const page = openPage(`view/${id}`, { db: fleet.db, roster, scope, owner })
  await page.load(cursor)
  return page
}

/** Gives the page what was committed since, as the streams do. */
async function catchUp(page: Page): Promise<void> {
  const { rows } = await readAfter(fleet.db, cursor, { limit: 100 })
  cursor = rows.at(-1)?.id ?? cursor
  await roster.refresh(rows)
  const taken = rows.filter((row) => page.concerns(row))
  if (taken.length > 0) await page.update(taken)
}

test('a view shows no more than its owner may see, and follows an edit all the same', async () => {
  const { id } = await views.create(OWNER, 'All', EVERYTHING)
  const page = await open(id)
  expect(textOf(page)).toContain('go, mine')
  await views.update(OWNER, id, {
    name: 'Nobody',
    filters: { ...EVERYTHING, states: ['errored'] },
  })
  await catchUp(page)
  const edited = textOf(page)
  expect(edited).toContain('Nobody')
  expect(edited).toContain('No agent matches this filter')
  await views.update(OWNER, id, { filters: EVERYTHING })
  await catchUp(page)
  // The rows of the edits belong to no project: whoever is bound to one does not see them.
  expect(textOf(page)).toContain('go, mine')
  expect(textOf(page)).not.toMatch(/theirs|A saved view/)
})

test('another’s view is none, and neither is one that was deleted', async () => {
  const { id } = await views.create(OWNER, 'Secret name', EVERYTHING)
  const strangers = await Promise.all([open(id, 'person:bob'), open(id, null)])
  for (const page of strangers) expect(textOf(page)).not.toMatch(/Secret name|go, mine/)
  const page = await open(id)
  await views.remove(OWNER, id)
  await catchUp(page)
  expect(textOf(page)).toContain('This view was deleted')
  expect(textOf(page)).not.toContain('go, mine')
})

test('a view of a project stays with it when it gets another name', async () => {
  const filters = { ...EVERYTHING, projects: [1] }
  const { id } = await views.create(OWNER, 'Mine', filters)
  const page = await open(id)
  await fleet.query(`WITH changed AS (UPDATE projects SET slug = 'ours', name = 'Ours' WHERE id = 1
    RETURNING id) INSERT INTO events (type, project_id) SELECT 'project_changed', id FROM changed`)
  await catchUp(page)
  expect(textOf(page)).toMatch(/Ours/)
  expect(textOf(page)).toContain('go, mine')
})

test('a view of a project that is gone selects nothing, and not everything', async () => {
  const { id } = await views.create(OWNER, 'Gone', { ...EVERYTHING, projects: [99] })
  const text = textOf(await open(id))
  expect(text).toContain('No agent matches this filter')
  expect(text).not.toMatch(/words of|data-agent-session/)
})
