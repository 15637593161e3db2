import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestFleet, type TestFleet } from '../../test/support/fleet'
import { openPage, textOf } from '../../test/support/pages'
import { CHILD_STARTED, prompted, reportOf, type Said, toolOf } from '../../test/support/report'
import { FRAME } from '../../test/support/sample-board'
import { projectRights } from '../access/project-rights'
import { NotFound } from '../errors/app-error'
import type { Signal } from '../fleet/machine/signal'
import { ProjectAdmin } from '../fleet/project-admin'
import { Roster } from '../fleet/roster'
import { SessionAdmin } from '../fleet/session-admin'
import { readAfter, readBounds } from '../log/history'
import type { Page } from './define-page'

let fleet: TestFleet
let roster: Roster
let admin: SessionAdmin
let seen: number

beforeEach(async () => {
  fleet = await createTestFleet()
  admin = new SessionAdmin(fleet.db)
  const asks: Signal = { kind: 'permission_requested', tool: toolOf('t') }
  await report({ session: 'goes', signal: prompted('goes there'), summary: 'goes on' })
  await report({ session: 'goes', child: 'a', signal: CHILD_STARTED, summary: 'goes along' })
  await report({ session: 'goes', signal: asks, summary: 'goes and asks' })
  await report({ session: 'stays', signal: prompted('stays here'), summary: 'stays on' })
  roster = new Roster(fleet.db)
  await roster.load()
  seen = (await readBounds(fleet.db)).head
})
afterEach(() => fleet.end())

function report(said: Said) {
  return fleet.recorder.record([reportOf(said)], 1)
}

async function idOf(key: string): Promise<number> {
  const [row] = await fleet.query<{ id: number }>('SELECT id FROM agents WHERE key = $1', [
    `test/${key}`,
  ])
  return Number(row?.id)
}

async function load(topic: string): Promise<Page> {
  const page = openPage(topic, { db: fleet.db, roster })
  await page.load(Number.MAX_SAFE_INTEGER - 1)
  // What it shows now is what the next rows may change.
  page.parts()
  return page
}

/** Hands the rows that have come to the page, as a flush does; says whether any concerned it. */
async function flush(page: Page): Promise<boolean> {
  const { rows } = await readAfter(fleet.db, seen, { limit: 100 })
  seen = rows.at(-1)?.id ?? seen
  await roster.refresh(rows)
  const concerned = rows.filter((row) => page.concerns(row))
  await page.update(concerned)
  return concerned.length > 0
}

test.each(['board', 'project/muster', 'events', 'events?type=test_event'])(
  'a session that is removed leaves the page %s',
  async (topic) => {
    const page = await load(topic)
    expect(textOf(page)).toContain('goes')
    const id = await idOf('goes')
    await admin.remove(id, 'user:1')
    expect(await flush(page)).toBe(true)
    // The row that says so may name it.
    const text = textOf(page).replace(/Session goes was removed/g, '')
    expect(text).not.toMatch(/goes (there|on|along|and asks)/)
    expect(text).not.toContain(`data-session=\\"${id}\\"`)
    expect(text).toContain('stays')
    if (topic.startsWith('events')) expect(text).toContain(`data-removed-sessions=\\"${id}\\"`)
  },
)

test('a session that is archived leaves the board and the bar, and comes back to both', async () => {
  const [page, bar] = [await load('board'), await load('bar')]
  const id = await idOf('goes')
  const card = `data-agent-id=\\"${id}\\"`
  const waits = 'data-waiting=\\"1\\"'
  expect(textOf(page)).toContain(card)
  expect(textOf(bar)).toContain(waits)
  await admin.archive(id, 'user:1')
  const before = seen
  expect(await flush(page)).toBe(true)
  seen = before
  expect(await flush(bar)).toBe(true)
  expect(textOf(page)).not.toContain(card)
  expect(textOf(page)).toContain('goes on')
  expect(textOf(bar)).not.toContain(waits)
  await admin.restore(id, 'user:1')
  const archived = seen
  await flush(page)
  expect(textOf(page)).toContain(card)
  seen = archived
  expect(await flush(bar)).toBe(true)
  expect(textOf(bar)).toContain(waits)
})

test.each(['board?project=other', 'project/other', 'events?project=other'])(
  'after a merger the page %s shows what is of the project that it was merged into',
  async (topic) => {
    await report({ session: 'comes', project: 'other', summary: 'comes along' })
    await roster.load()
    seen = (await readBounds(fleet.db)).head
    const page = await load(topic)
    expect(textOf(page)).not.toContain('stays')
    const [other, into] = ['other', 'muster'].map((slug) => roster.projectBySlug(slug)?.id ?? 0)
    await new ProjectAdmin(fleet.db, projectRights).merge(other ?? 0, into ?? 0, {
      actorId: 'user:1',
    })
    expect(await flush(page)).toBe(true)
    await report({ session: 'stays', summary: 'stays all the same' })
    expect(await flush(page)).toBe(true)
    expect(textOf(page)).toContain('stays all the same')
    if (!topic.startsWith('events')) expect(textOf(page)).toContain('stays here')
  },
)

test('the page of an archived session says so and shows what it did', async () => {
  const page = await load(`agent/${await idOf('goes')}`)
  expect(textOf(page)).not.toContain('Archived')
  await admin.archive(await idOf('goes'), 'user:1')
  expect(await flush(page)).toBe(true)
  expect(textOf(page)).toContain('Archived: it is on no board until it reports again.')
  expect(textOf(page)).toContain('goes on')
  const anew = await load(`agent/${await idOf('goes')}`)
  expect(textOf(anew)).toContain('Archived')
  await report({ session: 'goes', summary: 'goes again' })
  await flush(page)
  expect(textOf(page)).not.toContain('Archived:')
})

test.each<[string, (id: number) => Promise<unknown>]>([
  ['it was removed', (id) => admin.remove(id, 'user:1')],
  [
    'its project was removed',
    (id) =>
      new ProjectAdmin(fleet.db, projectRights).remove(roster.agent(id)?.projectId ?? 0, 'user:1'),
  ],
])(
  'the pages of a session and of its subagent say that %s, and are not shown anew',
  async (_, remove) => {
    const id = await idOf('goes')
    const pages = [await load(`agent/${id}`), await load(`agent/${await idOf('goes/a')}`)]
    await remove(id)
    const before = seen
    for (const page of pages) {
      seen = before
      expect(await flush(page)).toBe(true)
      expect(textOf(page)).toContain('This session was removed')
      expect(textOf(page)).not.toMatch(/goes (there|on|along|and asks)/)
      expect(() => page.render(FRAME)).toThrow(NotFound)
    }
    await expect(load(`agent/${id}`)).rejects.toThrow(NotFound)
  },
)
