import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestFleet, type TestFleet } from '../../test/support/fleet'
import { prompted, reportOf, STOPPED, toolOf } from '../../test/support/report'
import { BadInput } from '../errors/app-error'
import type { JsonObject } from '../log/event-row'
import { readBounds } from '../log/history'

let fleet: TestFleet

beforeEach(async () => {
  fleet = await createTestFleet()
})

afterEach(() => fleet.end())

test('a report is stored with all that follows from it before it is answered', async () => {
  const report = reportOf({ type: 'turn_detected', signal: prompted('Go on'), summary: 'Go on' })
  const receipt = await fleet.recorder.record([report], 100)
  const rows = await fleet.query<{ id: number; type: string }>(
    'SELECT id, type, state, summary FROM events ORDER BY id',
  )
  expect(rows.map(({ type }) => type)).toEqual([
    'project_changed',
    'session_discovered',
    'turn_detected',
    'state_transition',
  ])
  expect(receipt).toEqual({ accepted: 1, duplicates: 0, lastId: rows.at(-1)?.id })
  expect(await fleet.query('SELECT key, state FROM agents')).toEqual([
    { key: 'test/one', state: 'commanded' },
  ])
})

test('the same key counts once: in a group, in a later group, and after a restart', async () => {
  const report = () => reportOf({ key: 'k' })
  const { recorder } = fleet
  const first = await Promise.all([
    recorder.record([report(), report()], 1),
    recorder.record([report()], 1),
  ])
  expect(first).toMatchObject([
    { accepted: 1, duplicates: 1 },
    { accepted: 0, duplicates: 1 },
  ])
  expect(await recorder.record([report()], 1)).toMatchObject({ accepted: 0, duplicates: 1 })
  expect(await fleet.another().record([report()], 1)).toMatchObject({ accepted: 0, duplicates: 1 })
  expect(await countOf('test_event')).toBe(1)
})

test('the same key in two projects counts twice, for agents and for projects as a whole', async () => {
  const reports = ['a', 'b'].flatMap((project) => [
    reportOf({ project, session: project, key: 'k' }),
    reportOf({ project, session: null, key: 'of the project' }),
  ])
  const { recorder } = fleet
  expect(await recorder.record(reports, 1)).toMatchObject({ accepted: 4, duplicates: 0 })
  expect(await recorder.record(reports, 1)).toMatchObject({ accepted: 0, duplicates: 4 })
})

test('a receipt for nothing but duplicates names the tail of the log', async () => {
  await fleet.recorder.record([reportOf({ key: 'k' })], 1)
  await fleet.recorder.record([reportOf()], 1)
  const { head } = await readBounds(fleet.db)
  const repeated = [reportOf({ key: 'k' }), reportOf({ key: 'k' })]
  expect(await fleet.recorder.record(repeated, 1)).toEqual({
    accepted: 0,
    duplicates: 2,
    lastId: head,
  })
  expect((await readBounds(fleet.db)).head).toBe(head)
})

test('a duplicate that shares a group with news names the last row of that group', async () => {
  await fleet.recorder.record([reportOf({ key: 'k' })], 1)
  const [repeated, news] = await Promise.all([
    fleet.recorder.record([reportOf({ key: 'k' })], 1),
    fleet.recorder.record([reportOf()], 1),
  ])
  expect(repeated).toEqual({ accepted: 0, duplicates: 1, lastId: news.lastId })
})

test('a report that the database refuses fails alone; its neighbours are stored once', async () => {
  await fleet.query(`ALTER TABLE events ADD CONSTRAINT no_poison CHECK (data->>'poison' IS NULL)`)
  const { recorder } = fleet
  const jobs = Array.from({ length: 20 }, (_, n) => {
    const data: JsonObject = n === 3 || n === 11 ? { poison: 'yes' } : {}
    // The good report of a bad request goes down with it.
    return [reportOf({ session: `s${n}`, key: `k${n}` }), reportOf({ session: `s${n}`, data })]
  })
  const outcomes = await Promise.allSettled(jobs.map((job) => recorder.record(job, 1)))
  const refused = outcomes.flatMap(({ status }, n) => (status === 'rejected' ? [n] : []))
  expect(refused).toEqual([3, 11])
  expect(outcomes[3]).toMatchObject({ reason: expect.any(BadInput) })
  expect(await countOf('test_event')).toBe(36)
  expect(await fleet.query('SELECT key FROM agents')).toHaveLength(18)
  const again = await Promise.all(
    jobs.flatMap(([report], n) =>
      report && !refused.includes(n) ? [recorder.record([report], 1)] : [],
    ),
  )
  expect(again.every(({ duplicates }) => duplicates === 1)).toBe(true)
})

test('a mistake of ours in one report does not fail its neighbours', async () => {
  const broken = reportOf({ session: 'broken' })
  Object.defineProperty(broken, 'signal', {
    get() {
      throw new TypeError('a mistake')
    },
  })
  const outcomes = await Promise.allSettled([
    fleet.recorder.record([reportOf()], 1),
    fleet.recorder.record([broken], 1),
    fleet.recorder.record([reportOf()], 1),
  ])
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(outcomes[1]).toMatchObject({ reason: new TypeError('a mistake') })
  expect(await countOf('test_event')).toBe(2)
})

test('300 reports at once end in the same state as one after the other', async () => {
  const other = await createTestFleet()
  try {
    const sessions = Array.from({ length: 10 }, (_, n) => `s${n}`)
    const perSession = sessions.map((session) => storyOf(session))
    // Of each session in its order, as an agent sends them; the sessions all at once.
    const all = Array.from({ length: 30 }, (_, n) => perSession.flatMap((story) => story[n] ?? []))
    await Promise.all(all.flat().map((report) => fleet.recorder.record([report], 100)))
    for (const report of all.flat()) await other.recorder.record([report], 100)
    const state = (of: TestFleet) =>
      of.query('SELECT key, state, overlays, title, name FROM agents ORDER BY key')
    const turns = (of: TestFleet) =>
      of.query('SELECT id, prompt, prompt_id, outcome FROM turns ORDER BY id')
    const rows = (of: TestFleet) =>
      of.query(`SELECT a.key, e.type, e.state, e.summary, e.data - 'at' AS data
        FROM events e JOIN agents a ON a.id = e.agent_id
        WHERE parent_id IS NULL ORDER BY a.key, e.id`)
    expect(await state(fleet)).toEqual(await state(other))
    expect(await turns(fleet)).toEqual(await turns(other))
    expect(await rows(fleet)).toEqual(await rows(other))
    expect(await countOf('test_event')).toBe(300 - 4 * 30)
  } finally {
    await other.end()
  }
})

async function countOf(type: string): Promise<number> {
  const rows = await fleet.query('SELECT FROM events WHERE type = $1', [type])
  return rows.length
}

/** Three turns of ten reports each: prompt, tools, an ask, and a stop. */
function storyOf(session: string) {
  return [1, 2, 3].flatMap((turn) => {
    const prompt = `${session} p${turn}`
    const a = toolOf(`${prompt} a`)
    const b = toolOf(`${prompt} b`)
    const on = { session, prompt, project: `p${Number(session.slice(1)) % 3}` }
    return [
      reportOf({ ...on, type: 'turn_detected', signal: prompted(`Do ${prompt}`) }),
      reportOf({ ...on, signal: { kind: 'tool_started', tool: a, asks: null } }),
      reportOf({ ...on, signal: { kind: 'tool_finished', tool: a, durationMs: 1 } }),
      reportOf({ ...on, signal: { kind: 'tool_started', tool: b, asks: null } }),
      reportOf({ ...on, type: 'ask_opened', signal: { kind: 'permission_requested', tool: b } }),
      reportOf({ ...on, signal: { kind: 'tool_finished', tool: b, durationMs: 1 } }),
      reportOf({ ...on, signal: { kind: 'progressed' } }),
      reportOf({ ...on, key: `${prompt} once` }),
      reportOf({ ...on, type: 'repeated', key: `${prompt} once` }),
      reportOf({ ...on, type: turn === 3 ? 'last' : 'turn_over', signal: STOPPED }),
    ]
  })
}
