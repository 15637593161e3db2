import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestFleet, type TestFleet } from '../../test/support/fleet'
import {
  CHILD_STARTED,
  projectOf,
  prompted,
  reportOf,
  type Said,
  STOPPED,
  toolOf,
} from '../../test/support/report'
import { EVERYTHING, type Filter } from '../filter/filter'
import { matchesRow, resolve } from '../filter/select'
import type { EventRow } from '../log/event-row'
import { readNewest } from '../log/history'
import { WHOLE_LOG } from '../log/scope'
import type { State } from '../log/state'
import type { Board } from './board'
import { buildBoard } from './build-board'
import { directoryOf } from './directory'
import type { Signal } from './machine/signal'
import { Roster } from './roster'
import { withRecords } from './with-records'

const TOOL = toolOf('t')
const ASKS: Signal = { kind: 'permission_requested', tool: TOOL }

/** What brings an agent into each state. */
const INTO: Record<State, readonly Signal[]> = {
  idle: [{ kind: 'noted' }],
  commanded: [prompted('Go')],
  processing: [prompted('Go'), { kind: 'progressed' }],
  awaiting_input: [prompted('Go'), ASKS],
  complete: [prompted('Go'), STOPPED],
  errored: [prompted('Go'), { kind: 'turn_failed', error: 'rate_limit', details: null }],
  ended: [{ kind: 'session_ended', reason: 'exit' }],
}
const STATES = Object.keys(INTO) as State[]

let fleet: TestFleet
let roster: Roster

beforeEach(async () => {
  fleet = await createTestFleet()
  roster = new Roster(fleet.db)
})

afterEach(() => fleet.end())

test('cards come by who needs a human, then by state, then by who has been in it the longest', async () => {
  for (const state of STATES) await put(state, { session: `${state} 1` })
  for (const state of STATES) await put(state, { session: `${state} 2` })
  await put('processing', { session: 'stuck' })
  await fleet.query(`UPDATE agents SET overlays = '{stuck}' WHERE session_id = 'stuck'`)
  expect(cards(await board())).toEqual([
    'awaiting_input 1',
    'awaiting_input 2',
    'errored 1',
    'errored 2',
    'stuck',
    'commanded 1',
    'processing 1',
    'commanded 2',
    'processing 2',
    'complete 1',
    'complete 2',
    'idle 1',
    'idle 2',
    'ended 1',
    'ended 2',
  ])
})

test('counts are of sessions, whatever their children do, and of what the filter selects', async () => {
  for (const state of STATES) await put(state, { session: state, project: state })
  await record({ session: 'idle', project: 'idle', child: 'kid', signal: CHILD_STARTED })
  expect((await board()).counts).toEqual({ awaiting: 1, working: 3, idle: 1 })
  expect((await board({ projects: ['complete', 'commanded'] })).counts).toEqual({
    awaiting: 0,
    working: 1,
    idle: 1,
  })
})

test.each<[string, readonly State[]]>([
  ['red', ['awaiting_input', 'idle', 'processing']],
  ['red', ['errored', 'complete']],
  ['yellow', ['processing', 'idle', 'ended']],
  ['yellow', ['commanded']],
  ['green', ['idle', 'complete', 'ended']],
])('a project is %s with agents that are %j', async (light, states) => {
  for (const state of states) await put(state, { session: state })
  expect((await board()).sections[0]?.light).toBe(light)
})

test('an idle agent that is stuck makes its project yellow, a child’s ask makes it red', async () => {
  await put('idle', {})
  await fleet.query(`UPDATE agents SET overlays = '{stuck}'`)
  expect((await board()).sections[0]?.light).toBe('yellow')
  await record({ child: 'kid', signal: CHILD_STARTED }, { child: 'kid', signal: ASKS })
  expect((await board()).sections[0]?.light).toBe('red')
})

test('sections are by name; one that a filter names is shown without agents as well', async () => {
  await put('idle', { project: projectOf('b', 'b1') })
  await put('idle', { session: 'two', project: projectOf('a', 'a') })
  await put('idle', { session: 'three', project: projectOf('b', 'b2') })
  await record({ session: null, project: projectOf('empty', 'e') })
  const slugs = ({ sections }: Board) => sections.map(({ project }) => project.slug)
  expect(slugs(await board())).toEqual(['a', 'b', 'b-2'])
  const { sections } = await board({ projects: ['b-2', 'empty', 'unknown'] })
  expect(sections.map(({ project, lastSeenAt }) => [project.slug, lastSeenAt === null])).toEqual([
    ['b-2', false],
    ['empty', true],
  ])
})

test('filters by project, agent and state are joined by and, the values of each by or', async () => {
  for (const project of ['a', 'b']) {
    for (const state of STATES) await put(state, { project, session: `${project} ${state}` })
  }
  await record({ project: 'a', session: 'a idle', child: 'kid', signal: CHILD_STARTED })
  const id = await ids()
  expect(cards(await board({ projects: ['b'], states: ['errored', 'idle'] }))).toEqual([
    'b errored',
    'b idle',
  ])
  expect(cards(await board({ agents: [id('b idle'), id('a ended')] }))).toEqual([
    'a ended',
    'b idle',
  ])
  expect(cards(await board({ agents: [id('b idle')], projects: ['a'] }))).toEqual([])
  // A child is on its parent's card.
  expect(cards(await board({ agents: [id('kid')] }))).toEqual(['a idle'])
  expect(cards(await board({ states: ['processing'], projects: ['a'] }))).toEqual([
    'a processing',
    'a idle',
  ])
})

test('what a filter names is known by its name', async () => {
  await put('idle', { session: 'one', project: 'a' })
  await put('idle', { session: 'two', project: 'b' })
  const id = (await ids())('two')
  const { chosen } = await board({ projects: ['a', 'unknown'], agents: [id, 999_999] })
  expect(chosen).toEqual({ projects: [{ ref: 'a', name: 'a' }], agents: [{ id, name: 'two' }] })
})

test('who waits is listed by how long, a child itself and not its parent', async () => {
  await put('awaiting_input', { session: 'second', project: 'a' })
  await put('awaiting_input', { session: 'first', project: 'b' })
  await put('processing', { session: 'parent', project: 'c' })
  const child = { session: 'parent', project: 'c', child: 'kid' }
  await record({ ...child, signal: CHILD_STARTED }, { ...child, signal: ASKS })
  await makeAskOlder('first', 10)
  const waiting = (await board()).waiting
  expect(
    waiting.map(({ agent, session, project, ask, askKind }) => [
      agent.key.replace('test/', ''),
      session.sessionId,
      project.slug,
      ask,
      askKind,
    ]),
  ).toEqual([
    ['first', 'first', 'b', 'Bash: ls', 'permission'],
    ['second', 'second', 'a', 'Bash: ls', 'permission'],
    ['parent/kid', 'parent', 'c', 'Bash: ls', 'permission'],
  ])
  expect((await board({ projects: ['a'] })).waiting).toHaveLength(1)
})

test('a parent with an ask of its own waits beside its child', async () => {
  await put('awaiting_input', {})
  await record({ child: 'kid', signal: CHILD_STARTED }, { child: 'kid', signal: ASKS })
  expect((await board()).waiting.map(({ agent }) => agent.key)).toEqual([
    'test/one',
    'test/one/kid',
  ])
})

test('of an agent’s asks, the oldest is the one to answer', async () => {
  await record({ signal: prompted('Go') })
  for (const key of ['a', 'b']) {
    const tool = { ...toolOf(key), summary: key }
    await record({ signal: { kind: 'tool_started', tool, asks: null } })
    await record({ signal: { kind: 'permission_requested', tool } })
  }
  expect((await board()).waiting).toMatchObject([{ ask: 'Bash: a' }])
})

test('children that have ended leave their parent’s card, the others are in order', async () => {
  for (const child of ['b', 'a', 'c']) await record({ child, signal: CHILD_STARTED })
  await record({ child: 'a', signal: { kind: 'child_finished', message: null } })
  const [session] = (await board()).sections[0]?.sessions ?? []
  expect(session?.children.map(({ key }) => key)).toEqual(['test/one/b', 'test/one/c'])
})

test('what is old is not on the board', async () => {
  await put('ended', { session: 'ended' })
  await put('idle', { session: 'silent' })
  await roster.load()
  const after = async (ms: number) => {
    roster.index.advance(Date.now() + ms)
    return cards(await look())
  }
  const hour = 3_600_000
  expect(await after(0)).toEqual(['silent', 'ended'])
  expect(await after(hour)).toEqual(['silent'])
  expect(await after(7 * 24 * hour)).toEqual([])
})

test('the feed has the rows that the filter selects; a child’s count as its parent’s', async () => {
  await put('complete', { session: 'one', project: 'a' })
  await put('idle', { session: 'two', project: 'b' })
  await record({ session: 'one', child: 'kid', signal: CHILD_STARTED, type: 'child_event' })
  await roster.load()
  const id = await ids()
  const rows = await readNewest(fleet.db, { limit: 100 })
  const selected = (filter: Partial<Filter>) =>
    rows.filter((row) => matchesRow(meant({ ...EVERYTHING, ...filter }, roster), row))
  expect(selected({})).toEqual(rows)
  expect(selected({ types: ['child_event'] })).toHaveLength(1)
  const of =
    (...keys: string[]) =>
    (row: EventRow) =>
      keys.map(id).includes(row.agentId ?? 0)
  expect(selected({ agents: [id('one')] })).toEqual(rows.filter(of('one', 'kid')))
  expect(selected({ agents: [id('kid')] })).toEqual(rows.filter(of('kid')))
  expect(selected({ projects: ['b'] }).every((row) => row.projectId === placeOf('b'))).toBe(true)
  expect(selected({ projects: ['a'], states: ['complete'] }).map(({ type }) => type)).toEqual([
    'state_transition',
    'test_event',
  ])
  expect(selected({ projects: ['unknown'] })).toEqual([])
  // A child that was let go of is still its parent's: the row says so.
  const forgetful = new Roster(fleet.db)
  const child = rows.filter(of('kid'))
  const filter = meant({ ...EVERYTHING, agents: [id('one')] }, forgetful)
  expect(child.filter((row) => matchesRow(filter, row))).toEqual(child)
})

function meant(filter: Filter, known: Roster) {
  return resolve(filter, directoryOf(known), WHOLE_LOG, { withSubagents: true })
}

async function put(state: State, said: Said): Promise<void> {
  for (const signal of INTO[state]) await record({ ...said, signal })
}

function record(...said: Said[]) {
  return fleet.recorder.record(said.map(reportOf), 1)
}

async function board(filter: Partial<Filter> = {}): Promise<Board> {
  await roster.load()
  return look(filter)
}

function look(filter: Partial<Filter> = {}): Promise<Board> {
  const request = { filter: { ...EVERYTHING, ...filter } }
  return withRecords(roster, (need) => buildBoard(roster, need, request))
}

function cards({ sections }: Board): string[] {
  return sections.flatMap(({ sessions }) => sessions.map(({ agent }) => agent.sessionId))
}

/** The id of the agent whose key ends in this. */
async function ids(): Promise<(key: string) => number> {
  const agents = await fleet.query<{ id: number; key: string }>('SELECT id, key FROM agents')
  return (key) => agents.find((agent) => agent.key.endsWith(`/${key}`))?.id ?? 0
}

function placeOf(slug: string): number | undefined {
  return roster.projectBySlug(slug)?.id
}

async function makeAskOlder(session: string, minutes: number): Promise<void> {
  await fleet.query(
    `UPDATE agents SET memory = jsonb_set(memory, '{asks,0,openedAt}',
       to_jsonb((memory->'asks'->0->>'openedAt')::bigint - $2::bigint)) WHERE session_id = $1`,
    [session, minutes * 60_000],
  )
}
