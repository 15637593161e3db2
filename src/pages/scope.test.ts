import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestFleet, type TestFleet } from '../../test/support/fleet'
import { openPage, textOf } from '../../test/support/pages'
import { projectOf, prompted, reportOf, toolOf } from '../../test/support/report'
import { FRAME } from '../../test/support/sample-board'
import { projectRights } from '../access/project-rights'
import { beginDebate } from '../debates/begin'
import { BadInput, NotFound } from '../errors/app-error'
import type { Signal } from '../fleet/machine/signal'
import { ProjectAdmin } from '../fleet/project-admin'
import { Roster } from '../fleet/roster'
import { readAfter, readBounds } from '../log/history'
import { type Scope, WHOLE_LOG } from '../log/scope'
import { parseTopic } from '.'
import type { Page } from './define-page'
import { scopeTopic } from './topic'

let fleet: TestFleet
let roster: Roster

beforeEach(async () => {
  fleet = await createTestFleet()
  for (const project of ['mine', 'theirs']) {
    const said = { project, session: project, summary: `prompt of ${project}` }
    const asks: Signal = { kind: 'permission_requested', tool: toolOf('t') }
    await fleet.recorder.record(
      [
        reportOf({ ...said, signal: prompted(`prompt of ${project}`) }),
        reportOf({ ...said, type: `only.${project}`, signal: asks }),
      ],
      1,
    )
  }
  await fleet.query(`INSERT INTO events (type, summary) VALUES ('access.granted', 'whoever')`)
  roster = new Roster(fleet.db)
  await roster.load()
})

afterEach(() => fleet.end())

test('who may see one project finds no trace of another on any page', async () => {
  const scope = { projectIds: [idOf('mine')], seesAccess: false }
  for (const topic of ['board', 'events', 'project/mine', `agent/${agentOf('mine')}`]) {
    const text = textOf(await load(topic, scope))
    expect(text, topic).toContain('prompt of mine')
    expect(text, topic).not.toMatch(/theirs|whoever/)
  }
  await expect(load('project/theirs', scope)).rejects.toThrow(NotFound)
  await expect(load(`agent/${agentOf('theirs')}`, scope)).rejects.toThrow(NotFound)
  expect(textOf(await load('board', WHOLE_LOG))).toMatch(/theirs.*whoever/s)
})

test('who may see one project finds no debate of another', async () => {
  const scope = { projectIds: [idOf('mine')], seesAccess: false }
  const [mine, theirs] = [await begin('mine'), await begin('theirs')]
  for (const topic of ['debates', `debate/${mine}`]) {
    const text = textOf(await load(topic, scope))
    expect(text, topic).toContain('debate of mine')
    expect(text, topic).not.toContain('theirs')
  }
  await expect(load(`debate/${theirs}`, scope)).rejects.toThrow(NotFound)
  expect(textOf(await load('debates', WHOLE_LOG))).toContain('debate of theirs')
})

test.each([
  'debates?project=mine',
  'debates/x',
  'debate/1',
  'debate',
  'debate/0b7e2a52-7c0e-4a0e-9a57-2f10c7a5d002/x',
])('there is no topic %s', (topic) => {
  expect(() => parseTopic(topic)).toThrow(BadInput)
})

test('rows that may not be seen do not concern a page', async () => {
  const page = await load('board', { projectIds: [idOf('mine')], seesAccess: false })
  const { trimmedThrough } = await readBounds(fleet.db)
  const { rows } = await readAfter(fleet.db, trimmedThrough, { limit: 100 })
  const concerned = rows.filter((row) => page.concerns(row)).map((row) => row.projectId)
  expect(concerned.length).toBeGreaterThan(2)
  expect(new Set(concerned)).toEqual(new Set([idOf('mine')]))
})

test('a page has the same name for everybody, and is another for who may see something else', () => {
  const source = { db: fleet.db, roster, address: '' }
  const topic = parseTopic('board?type=a')
  const narrow = scopeTopic(topic, { scope: { projectIds: [1], seesAccess: false } }, source)
  const wide = scopeTopic(topic, { scope: WHOLE_LOG }, source)
  expect(narrow.key).not.toBe(wide.key)
  expect([narrow.topic, wide.topic]).toEqual(['board?type=a', 'board?type=a'])
})

test.each(['board', 'events'])(
  'who may see one project sees its rows leave %s with it, and hears of no other',
  async (topic) => {
    const [mine, theirs] = [idOf('mine'), idOf('theirs')]
    const page = await load(topic, { projectIds: [mine], seesAccess: false })
    const { head } = await readBounds(fleet.db)
    const admin = new ProjectAdmin(fleet.db, projectRights)
    expect(textOf(page)).toContain('prompt of mine')
    for (const id of [theirs, mine]) await admin.remove(id, 'test')
    const { rows } = await readAfter(fleet.db, head, { limit: 100 })
    await roster.refresh(rows)
    const concerned = rows.filter((row) => page.concerns(row))
    expect(concerned.map(({ data }) => data.project_id)).toEqual([mine])
    await page.update(concerned)
    expect(textOf(page)).not.toMatch(/prompt of mine|theirs/)
    expect(textOf(page)).toContain(`data-removes=\\"${mine}\\"`)
  },
)

test('the page of a debate says that it was removed with its project, and is not shown anew', async () => {
  const id = await begin('mine')
  const page = await load(`debate/${id}`, { projectIds: [idOf('mine')], seesAccess: false })
  const { head } = await readBounds(fleet.db)
  expect(textOf(page)).toContain('debate of mine')
  await new ProjectAdmin(fleet.db, projectRights).remove(idOf('mine'), 'test')
  const { rows } = await readAfter(fleet.db, head, { limit: 100 })
  await roster.refresh(rows)
  await page.update(rows.filter((row) => page.concerns(row)))
  expect(textOf(page)).toContain('This debate was removed')
  expect(textOf(page)).not.toContain('mine')
  expect(() => page.render(FRAME)).toThrow(NotFound)
})

async function load(topic: string, scope: Scope): Promise<Page> {
  const page = openPage(topic, { db: fleet.db, roster, scope })
  await page.load(Number.MAX_SAFE_INTEGER - 1)
  return page
}

async function begin(project: string): Promise<string> {
  const side = { position: 'x', agent: null }
  const { debate } = await beginDebate(
    fleet.db,
    { scope: WHOLE_LOG, actor: 'test' },
    {
      id: randomUUID(),
      project: projectOf(project),
      title: `debate of ${project}`,
      sides: { pro: side, con: side },
      speaker: 'pro',
    },
  )
  return debate.id
}

function idOf(project: string): number {
  return roster.projectBySlug(project)?.id ?? 0
}

function agentOf(project: string): number {
  const [loud] = roster.index.sets.projects.get(idOf(project))?.loud ?? []
  return loud?.id ?? 0
}
