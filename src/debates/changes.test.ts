import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTestFleet, type TestFleet } from '../../test/support/fleet'
import { projectOf } from '../../test/support/report'
import { connectDatabase } from '../db/connect'
import { databaseFault } from '../db/errors'
import { ALL_EVENTS } from '../filter/select'
import { filterSql } from '../filter/sql'
import { readAfter } from '../log/history'
import { type Scope, WHOLE_LOG } from '../log/scope'
import { beginDebate } from './begin'
import type { DebateContext } from './change'
import { type Debate, ENTRY_TYPES, type Phase } from './debate'
import { DebateConflict } from './errors'
import { intervene, respond } from './interventions'
import { changePhase, complete, pause, resume, speak } from './moves'
import { allEntries, findDebate, listDebates } from './read'
import { serializeEntry } from './serialize'

let fleet: TestFleet

beforeEach(async () => {
  fleet = await createTestFleet()
})

afterEach(() => fleet.end())

async function begin(project = 'one', scope: Scope = WHOLE_LOG): Promise<Debate> {
  const { debate } = await beginDebate(
    fleet.db,
    { scope, actor: 'test' },
    {
      id: randomUUID(),
      project: projectOf(project),
      title: 'A question',
      sides: { pro: { position: 'yes', agent: null }, con: { position: 'no', agent: null } },
      speaker: 'pro',
    },
  )
  return debate
}

const placeOf = ({ id }: Debate, scope: Scope = WHOLE_LOG): DebateContext => ({
  debateId: id,
  scope,
  actor: 'test',
})

const say = (place: DebateContext, content: string, phase: Phase | null = null) =>
  speak(fleet.db, place, { id: randomUUID(), speaker: 'pro', phase, content })

async function entriesOf({ id }: Debate) {
  const entries = []
  for await (const entry of allEntries(fleet.db, id)) entries.push(entry)
  return entries
}

test('nothing is ever said between a pause and its end, however many talk at once', async () => {
  const debate = await begin()
  const place = placeOf(debate)
  const refusals: unknown[] = []
  const orchestrator = async (name: string) => {
    for (let i = 0; i < 40; i++) {
      await say(place, `${name} ${i}`).catch((error: unknown) => refusals.push(error))
    }
  }
  const people = async () => {
    for (let i = 0; i < 8; i++) {
      await pause(fleet.db, place, null)
      await resume(fleet.db, place, null)
    }
  }
  await Promise.all([orchestrator('a'), orchestrator('b'), people()])
  const entries = await entriesOf(debate)
  let isPaused = false
  const numbers: unknown[] = []
  for (const { type, data } of entries) {
    if (type === 'pause') isPaused = true
    if (type === 'resume') isPaused = false
    if (type !== 'utterance') continue
    expect(isPaused).toBe(false)
    numbers.push(data.number)
  }
  expect(numbers).toEqual(numbers.map((_, index) => index + 1))
  expect(numbers.length + refusals.length).toBe(80)
  for (const error of refusals) expect(error).toMatchObject({ details: { reason: 'paused' } })
  expect(entries.filter(({ type }) => type === 'pause')).toHaveLength(8)
})

test('the log and the transcript say the same, in the same order, and so do its frames', async () => {
  const debate = await begin()
  const place = placeOf(debate)
  await say(place, 'One')
  await changePhase(fleet.db, place, { phase: 'phase_6_synthesis', speaker: 'con' })
  const put = { id: randomUUID(), type: 'challenge', content: 'No', directedTo: null } as const
  await intervene(fleet.db, place, put)
  await respond(fleet.db, place, { interventionId: put.id, response: 'Yes', speaker: 'pro' })
  await pause(fleet.db, place, 'Lunch')
  await resume(fleet.db, place, null)
  await complete(fleet.db, place)
  const where = filterSql({ ...ALL_EVENTS, types: [...ENTRY_TYPES], debates: [debate.id] })
  const { rows } = await readAfter(fleet.db, 0, { limit: 100, where })
  const entries = await entriesOf(debate)
  const facts = ({ id, at, type, projectId, debateId, data }: (typeof rows)[number]) => ({
    id,
    at,
    type,
    projectId,
    debateId,
    data,
  })
  expect(entries.map(facts)).toEqual(rows.map(facts))
  // Each type there is, once.
  expect(entries.map(({ type }) => type)).toEqual(ENTRY_TYPES)
  expect(entries.map(serializeEntry)).toEqual(rows.map(serializeEntry))
  expect(
    await fleet.query('SELECT DISTINCT actor_id FROM events WHERE debate_id IS NOT NULL'),
  ).toEqual([{ actor_id: 'test' }])
})

test('a move that fails half-way leaves nothing behind', async () => {
  const debate = await begin()
  await fleet.query(
    `ALTER TABLE debate_entries ADD CONSTRAINT refused CHECK (data->>'content' <> 'refused')`,
  )
  await expect(say(placeOf(debate), 'refused')).rejects.toThrow('refused')
  expect((await findDebate(fleet.db, debate.id, WHOLE_LOG))?.debate.turnNumber).toBe(0)
  expect(await fleet.query(`SELECT 1 FROM events WHERE type = 'utterance'`)).toEqual([])
})

test('a debate has an end: of utterances, and of interventions', async () => {
  const debate = await begin()
  const place = placeOf(debate)
  await fleet.query('UPDATE debates SET turn_number = 9999, intervention_count = 1000')
  await say(place, 'The last')
  await expect(say(place, 'One more')).rejects.toMatchObject({ details: { reason: 'full' } })
  const put = { id: randomUUID(), type: 'comment', content: 'x', directedTo: null } as const
  await expect(intervene(fleet.db, place, put)).rejects.toMatchObject({
    details: { reason: 'full' },
  })
})

test('a move that waits for a lock for too long fails, and may be tried again', async () => {
  const debate = await begin()
  const psql = await fleet.psql()
  await psql.query('BEGIN')
  await psql.query('SELECT * FROM debates FOR UPDATE')
  const hasty = connectDatabase(fleet.url, { max: 1, lockTimeoutMs: 20 })
  const said = { id: randomUUID(), speaker: 'pro', phase: null, content: 'x' } as const
  const failure = await speak(hasty, placeOf(debate), said).catch((error: unknown) => error)
  expect(databaseFault(failure)).toBe('conflict')
  await psql.query('ROLLBACK')
  await hasty.destroy()
})

describe('who may see one project', () => {
  test('finds, changes and lists no debate of another, and opens none there', async () => {
    const [mine, theirs] = [await begin('mine'), await begin('theirs')]
    const scope = { projectIds: [mine.projectId], seesAccess: false }
    expect((await listDebates(fleet.db, scope, { limit: 10 })).map(({ id }) => id)).toEqual([
      mine.id,
    ])
    expect(await findDebate(fleet.db, theirs.id, scope)).toBeNull()
    await expect(say(placeOf(theirs, scope), 'x')).rejects.toThrow('Debate not found')
    await expect(pause(fleet.db, placeOf(theirs, scope), null)).rejects.toThrow('Debate not found')
    await expect(begin('theirs', scope)).rejects.toMatchObject({ status: 403 })
    await expect(begin('new', scope)).rejects.toMatchObject({ status: 403 })
    expect(await fleet.query(`SELECT 1 FROM projects WHERE name = 'new'`)).toEqual([])
    await say(placeOf(mine, scope), 'x')
    expect((await begin('mine', scope)).projectId).toBe(mine.projectId)
  })
})

test('a project that is removed takes its debates along', async () => {
  const debate = await begin()
  await say(placeOf(debate), 'x')
  await fleet.query('DELETE FROM events')
  await fleet.query('DELETE FROM projects')
  expect(await fleet.query('SELECT 1 FROM debate_entries')).toEqual([])
  await expect(say(placeOf(debate), 'y')).rejects.toThrow('Debate not found')
})

test('a conflict says how the debate stands', async () => {
  const debate = await begin()
  await complete(fleet.db, placeOf(debate))
  const refused = await say(placeOf(debate), 'x').catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(DebateConflict)
  expect(refused).toMatchObject({
    status: 409,
    details: { reason: 'complete', status: 'complete', phase: 'phase_1_opening' },
  })
})
