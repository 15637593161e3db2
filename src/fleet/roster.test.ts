import { afterEach, beforeEach, expect, test } from 'vitest'
import { within } from '../../test/support/deadline'
import { createTestFleet, type TestFleet } from '../../test/support/fleet'
import { agentsInSight } from '../../test/support/in-sight'
import { CHILD_STARTED, prompted, reportOf, type Said, STOPPED } from '../../test/support/report'
import type { EventRow } from '../log/event-row'
import { readAfter, readBounds } from '../log/history'
import { Roster } from './roster'
import { ENDED_SHOWN_MS, SILENT_SHOWN_MS } from './session-index'

let fleet: TestFleet
let roster: Roster
let cursor: number

beforeEach(async () => {
  fleet = await createTestFleet()
  roster = new Roster(fleet.db)
  cursor = (await readBounds(fleet.db)).head
})

afterEach(() => fleet.end())

test('a refresh after each batch ends where a load of everything does', async () => {
  const children: Said = { child: 'kid', type: 'subagent_started', signal: CHILD_STARTED }
  const stories: Said[] = [
    { signal: prompted('Go') },
    { session: 'two', project: 'other', signal: prompted('Go') },
    children,
    { signal: STOPPED },
    { session: 'two', type: 'session_ended', signal: { kind: 'session_ended', reason: 'exit' } },
    { session: null, project: 'third' },
  ]
  for (const said of stories) {
    await record(said)
    await roster.refresh(await news())
    const loaded = new Roster(fleet.db)
    await loaded.load()
    expect(await agentsInSight(fleet.db, roster)).toEqual(await agentsInSight(fleet.db, loaded))
    expect(byId(roster.projects)).toEqual(byId(loaded.projects))
  }
})

test('a row of a child brings its parent, whose card shows it', async () => {
  await record({ signal: prompted('Go') })
  await record({ child: 'kid', signal: CHILD_STARTED })
  const rows = (await news()).filter(({ data }) => data.parent_agent_id !== undefined)
  const [childId] = rows.map(({ agentId }) => agentId)
  await roster.refresh(rows.slice(0, 1))
  const parentId = roster.index.agent(childId ?? null)?.parentId ?? null
  await roster.preload([childId ?? null, parentId])
  const child = roster.agent(childId ?? null)
  expect(child?.key).toBe('test/one/kid')
  expect(roster.agent(child?.parentId ?? null)?.key).toBe('test/one')
  expect(roster.project(child?.projectId ?? null)?.name).toBe('muster')
})

test('a project that was changed is read again, and found by its slug', async () => {
  await record({ project: 'My App' })
  await roster.refresh(await news())
  expect(roster.projectBySlug('my-app')?.name).toBe('My App')
  await fleet.query(`WITH changed AS (UPDATE projects SET name = 'Renamed' RETURNING id)
    INSERT INTO events (type, project_id) SELECT 'project_changed', id FROM changed`)
  await roster.refresh(await news())
  expect(roster.projectBySlug('my-app')?.name).toBe('Renamed')
  expect(roster.projectBySlug('other')).toBeNull()
})

test('a project that reported but a moment ago is found by its slug', async () => {
  await record({ project: 'My App' })
  await roster.ensureProject('my-app')
  await roster.ensureProject('other')
  expect([...roster.projects].map(({ name }) => name)).toEqual(['My App'])
})

test('an agent has the title of its last prompt until the session has one of its own', async () => {
  await record({ signal: prompted('Fix the build') })
  await roster.load()
  expect((await agentsInSight(fleet.db, roster))[0]?.title).toBe('Fix the build')
  await fleet.query(`UPDATE agents SET title = 'The build'`)
  await roster.load()
  expect((await agentsInSight(fleet.db, roster))[0]?.title).toBe('The build')
})

test('ended agents leave after an hour, silent ones after seven days, others stay', async () => {
  const end: Said = { type: 'session_ended', signal: { kind: 'session_ended', reason: 'exit' } }
  for (const session of ['new', 'old', 'ended', 'ended-old']) await record({ session })
  for (const session of ['ended', 'ended-old']) await record({ session, ...end })
  await makeOlder('old', SILENT_SHOWN_MS)
  await makeOlder('ended', ENDED_SHOWN_MS - 60_000)
  await makeOlder('ended-old', ENDED_SHOWN_MS)
  await roster.load()
  expect(await sessions()).toEqual(['ended', 'new'])

  // Pages of their own show the others, too, for as long as a page asks for them.
  const rows = await fleet.query<{ id: number }>('SELECT id FROM agents')
  await roster.preload([null, ...rows.map(({ id }) => id)])
  expect(rows.every(({ id }) => roster.agent(id))).toBe(true)
  expect(await sessions()).toEqual(['ended', 'new'])
  roster.evictExpired(Date.now() + 60_000)
  expect(await sessions()).toEqual(['new'])
  expect(roster.recordCount).toBe(4)
  roster.evictExpired(Date.now() + 180_000)
  expect(roster.recordCount).toBe(0)
  roster.evictExpired(Date.now() + SILENT_SHOWN_MS)
  expect([roster.index.size, await sessions()]).toEqual([0, []])
})

test('what nobody asked for is not kept whole, and what changed is read again', async () => {
  for (const session of ['one', 'two']) await record({ session, signal: prompted('Go') })
  await roster.refresh(await news())
  expect([roster.index.size, roster.recordCount]).toEqual([2, 0])
  const [one, two] = await agentsInSight(fleet.db, roster)
  await record({ session: 'one', signal: STOPPED })
  await roster.refresh(await news())
  // Whoever looks at this moment finds both, the one as it is now and the other as it was.
  expect(roster.agent(one?.id ?? 0)?.state).toBe('complete')
  expect(roster.agent(two?.id ?? 0)).toBe(two)
  expect(roster.index.agent(one?.id ?? 0)?.state).toBe('complete')
  // A change alone does not keep it for longer.
  roster.evictExpired(Date.now() + 180_000)
  await record({ session: 'one', signal: prompted('Go on') })
  await roster.refresh(await news())
  expect([roster.index.size, roster.recordCount]).toEqual([2, 0])
})

test('whoever is gone from the database leaves when somebody asks for it', async () => {
  await record({})
  await roster.load()
  const [one] = await agentsInSight(fleet.db, roster)
  await roster.load()
  await fleet.query('TRUNCATE events, turns, agents CASCADE')
  await roster.preload([one?.id ?? 0])
  expect(roster.index.size).toBe(0)
})

test('who is known is not read again by ensure', async () => {
  await record({})
  await roster.load()
  const [known] = await agentsInSight(fleet.db, roster)
  await roster.preload([known?.id ?? 0])
  expect(roster.agent(known?.id ?? 0)).toBe(known)
})

test('an older read that ends late does not undo a newer one', async () => {
  await record({ signal: prompted('Go') })
  const rows = await news()
  const late = holdFirstResult()
  roster = new Roster(late.db)
  const older = roster.preload([rows.at(-1)?.agentId ?? null])
  await within('the older read has its answer', late.hasAnswer)
  await record({ signal: STOPPED })
  const newer = roster.refresh(await news())
  // Long enough for the newer one to be through, if it does not wait for the older one.
  await Promise.race([newer, fleet.query('SELECT pg_sleep(0.2)')])
  late.letGo()
  await Promise.all([older, newer])
  expect((await agentsInSight(fleet.db, roster))[0]?.state).toBe('complete')
})

test('a read that fails does not stop those after it', async () => {
  await fleet.query('ALTER TABLE projects RENAME TO gone')
  await expect(roster.load()).rejects.toThrow('does not exist')
  await fleet.query('ALTER TABLE gone RENAME TO projects')
  await record({})
  await roster.refresh(await news())
  expect(await sessions()).toEqual(['one'])
})

function record(...said: Said[]) {
  return fleet.recorder.record(said.map(reportOf), 1)
}

async function news(): Promise<EventRow[]> {
  const { rows } = await readAfter(fleet.db, cursor, { limit: 1_000 })
  cursor = rows.at(-1)?.id ?? cursor
  return rows
}

function byId<T extends { id: number }>(items: Iterable<T>): T[] {
  return [...items].sort((a, b) => a.id - b.id)
}

async function sessions(): Promise<string[]> {
  return (await agentsInSight(fleet.db, roster)).map(({ sessionId }) => sessionId).sort()
}

async function makeOlder(session: string, ms: number): Promise<void> {
  await fleet.query(
    `UPDATE agents SET last_seen_at = last_seen_at - $2 * interval '1 ms',
       state_since = state_since - $2 * interval '1 ms' WHERE session_id = $1`,
    [session, ms],
  )
}

/** A database whose first answer comes when the test lets it go. */
function holdFirstResult() {
  let letGo = () => {}
  let answer = () => {}
  const isLetGo = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const hasAnswer = new Promise<void>((resolve) => {
    answer = resolve
  })
  let isFirst = true
  const db = fleet.db.withPlugin({
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      const wasFirst = isFirst
      isFirst = false
      answer()
      if (wasFirst) await isLetGo
      return result
    },
  })
  return { db, hasAnswer, letGo }
}
