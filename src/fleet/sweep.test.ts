import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from '../../test/support/deadline'
import type { TestFleet } from '../../test/support/fleet'
import { CHILD_STARTED, prompted, type Said, STOPPED, toolOf } from '../../test/support/report'
import { createSweepStage, MINUTE_MS, type SweepStage } from '../../test/support/sweep'
import { SWEEP_MS, Sweep } from './sweep'

let stage: SweepStage
let fleet: TestFleet
let sweep: Sweep

beforeEach(async () => {
  stage = await createSweepStage()
  fleet = stage.fleet
  sweep = stage.sweep
})

afterEach(() => fleet.end())

test('a finished turn is complete for ten minutes, then the agent is idle', async () => {
  await record({ signal: prompted('Go') }, { signal: STOPPED })
  await pass(9 * MINUTE_MS)
  expect(await agent()).toMatchObject({ state: 'complete', confirmed_by: 'hook' })
  await pass(MINUTE_MS + SWEEP_MS)
  expect(await agent()).toMatchObject({ state: 'idle', confirmed_by: 'timer' })
  const [row] = await fleet.query(
    `SELECT type, state, project_id IS NOT NULL AS placed, data FROM events ORDER BY id DESC LIMIT 1`,
  )
  expect(row).toEqual({
    type: 'state_transition',
    state: 'idle',
    placed: true,
    data: { from_state: 'complete', to_state: 'idle', trigger: 'timer' },
  })
  expect(await fleet.query(`SELECT sum(count)::int AS n FROM event_counts`)).toEqual(
    await fleet.query('SELECT count(*)::int AS n FROM events'),
  )
})

test('an agent at work that says nothing is quiet after two minutes and stuck after ten', async () => {
  await record({ signal: prompted('Go') }, { signal: { kind: 'progressed' } })
  await pass(1.9 * MINUTE_MS)
  expect(await agent()).toMatchObject({ state: 'processing', overlays: [] })
  await pass(0.2 * MINUTE_MS)
  expect(await agent()).toMatchObject({ state: 'processing', overlays: ['quiet'] })
  await pass(8 * MINUTE_MS)
  expect(await agent()).toMatchObject({ state: 'processing', overlays: ['stuck'] })
  expect(await fleet.query(`SELECT FROM events WHERE type = 'agent_updated'`)).toHaveLength(2)
  await record({ signal: { kind: 'progressed' } })
  expect(await agent()).toMatchObject({ state: 'processing', overlays: [] })
})

test('an agent whose tool runs is not silent, and overdue past the limit of the call', async () => {
  const tool = { ...toolOf('t'), limitMs: 3 * MINUTE_MS }
  await record({ signal: prompted('Go') }, { signal: { kind: 'tool_started', tool, asks: null } })
  await pass(2.9 * MINUTE_MS)
  expect(await agent()).toMatchObject({ overlays: [] })
  await pass(0.2 * MINUTE_MS)
  expect(await agent()).toMatchObject({ overlays: ['overdue'] })
})

test('of sweeps at the same time one works, and nothing is written twice', async () => {
  const others = [sweep, new Sweep(fleet.db), new Sweep(fleet.db)]
  await record({ signal: prompted('Go') }, { signal: STOPPED })
  await setAhead(11 * MINUTE_MS)
  const written = await Promise.all(others.map((other) => other.run()))
  expect(written.sort()).toEqual([0, 0, 1])

  await record({ signal: prompted('Go') }, { signal: STOPPED })
  await setAhead(22 * MINUTE_MS)
  const other = await fleet.psql()
  await other.query(`SELECT pg_advisory_lock(hashtext('muster.sweep'))`)
  expect(await sweep.run()).toBe(0)
  await other.query(`SELECT pg_advisory_unlock(hashtext('muster.sweep'))`)
  expect(await sweep.run()).toBe(1)
})

test('processes that sweep all the time write what is due once, whoever is faster', async () => {
  const sessions = Array.from({ length: 20 }, (_, n) => `session-${n}`)
  for (const session of sessions) {
    await record({ session, signal: prompted('Go') }, { session, signal: STOPPED })
  }
  const processes = [sweep, new Sweep(fleet.db)]
  let written = 0
  for (let ms = 0; ms <= 11 * MINUTE_MS; ms += 2 * SWEEP_MS) {
    await setAhead(ms)
    const counts = await Promise.all(processes.map((process) => process.run()))
    written += counts.reduce((sum, count) => sum + count, 0)
  }
  const rows = await fleet.query<{ agent_id: number }>(
    `SELECT agent_id FROM events WHERE type = 'state_transition' AND state = 'idle'`,
  )
  expect(rows).toHaveLength(sessions.length)
  expect(new Set(rows.map(({ agent_id }) => agent_id)).size).toBe(sessions.length)
  expect(written).toBe(sessions.length)
})

test('an agent that is being reported about is passed over, without waiting, until later', async () => {
  await record({ signal: prompted('Go') }, { signal: STOPPED })
  await record({ session: 'two', signal: prompted('Go') }, { session: 'two', signal: STOPPED })
  await setAhead(11 * MINUTE_MS)
  const writer = await fleet.psql()
  await writer.query('BEGIN')
  await writer.query(`SELECT FROM agents WHERE key = 'test/one' FOR NO KEY UPDATE`)
  expect(await sweep.run()).toBe(1)
  expect(await agent()).toMatchObject({ state: 'complete' })
  expect(await agent('test/two')).toMatchObject({ state: 'idle' })
  await writer.query('ROLLBACK')
  expect(await sweep.run()).toBe(1)
  expect(await agent()).toMatchObject({ state: 'idle' })
})

test('agents for whom nothing changes are neither written nor locked', async () => {
  await record({ signal: prompted('Go') })
  const before = await fleet.query('SELECT xmin::text, xmax::text FROM agents')
  await pass(MINUTE_MS)
  expect(await fleet.query('SELECT xmin::text, xmax::text FROM agents')).toEqual(before)
})

test('a child that fell silent is no longer its parent’s work', async () => {
  await startChild()
  await pass(29 * MINUTE_MS)
  expect(await agent()).toMatchObject({ state: 'processing', overlays: ['background'] })
  await pass(1.2 * MINUTE_MS)
  expect(await agent()).toMatchObject({ state: 'idle' })
  expect(await agent('test/one/kid')).toMatchObject({ state: 'commanded' })
})

test('a parent that is locked hears of its silent child as soon as it is free', async () => {
  await startChild()
  await pass(29 * MINUTE_MS)
  const writer = await fleet.psql()
  await writer.query('BEGIN')
  await writer.query(`SELECT FROM agents WHERE key = 'test/one' FOR NO KEY UPDATE`)
  await pass(1.2 * MINUTE_MS)
  expect(await agent()).toMatchObject({ state: 'processing' })
  await writer.query('ROLLBACK')
  await sweep.run()
  expect(await agent()).toMatchObject({ state: 'idle' })
})

test('a parent that failed hears of its silent child as well', async () => {
  await startChild()
  await record({ signal: { kind: 'turn_failed', error: 'rate_limit', details: null } })
  expect(await agent()).toMatchObject({ state: 'errored' })
  await pass(30.2 * MINUTE_MS)
  const [parent] = await fleet.query<{ silence: string }>(
    `SELECT memory->'children'->'test/one/kid'->>'silence' AS silence FROM agents
     WHERE parent_id IS NULL`,
  )
  expect(parent?.silence).toBe('silent')
})

test('a report and a sweep that meet lose nothing of each other', async () => {
  await record({ signal: prompted('Go') }, { signal: STOPPED })
  await setAhead(11 * MINUTE_MS)
  const writer = await fleet.psql()
  await writer.query('BEGIN')
  await writer.query(`SELECT pg_advisory_xact_lock(hashtext('muster.events'))`)
  const sweeping = sweep.run()
  await until('the sweep waits for the log', isAnybodyWaiting)
  const reporting = record({ signal: prompted('Go on') })
  await until('the report waits for the agent', async () => (await countWaiting()) === 2)
  await writer.query('COMMIT')
  expect(await sweeping).toBe(1)
  await reporting
  const rows = await fleet.query<{ data: object }>(
    `SELECT data FROM events WHERE type = 'state_transition' ORDER BY id DESC LIMIT 2`,
  )
  expect(rows.map(({ data }) => data)).toMatchObject([
    { from_state: 'idle', to_state: 'commanded' },
    { from_state: 'complete', to_state: 'idle' },
  ])
})

/** A finished turn that left a child at work. */
async function startChild(): Promise<void> {
  const background = [{ id: 'kid', type: 'subagent', description: 'works' }]
  await record(
    { signal: prompted('Go') },
    { child: 'kid', type: 'subagent_started', signal: CHILD_STARTED },
    { signal: { kind: 'turn_finished', message: 'Later.', background } },
  )
}

const record = (...said: Said[]) => stage.record(...said)
const agent = (key?: string) => stage.agent(key)
const pass = (ms: number) => stage.pass(ms)
const setAhead = (ms: number) => stage.setAhead(ms)

async function countWaiting(): Promise<number> {
  const rows = await fleet.query(
    `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
  )
  return rows.length
}

async function isAnybodyWaiting(): Promise<boolean> {
  return (await countWaiting()) > 0
}
