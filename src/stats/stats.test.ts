import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestFleet, type TestFleet } from '../../test/support/fleet'
import { prompted, reportOf, toolOf } from '../../test/support/report'
import { projectRights } from '../access/project-rights'
import { ProjectAdmin } from '../fleet/project-admin'
import { Roster } from '../fleet/roster'
import { type Scope, WHOLE_LOG } from '../log/scope'
import { MINUTE_MS, QUARTER_MS, readStats } from './stats'

let fleet: TestFleet

beforeEach(async () => {
  fleet = await createTestFleet()
})
afterEach(() => fleet.end())

const record = (...said: Parameters<typeof reportOf>) =>
  fleet.recorder.record(
    said.map((one) => reportOf(one)),
    1,
  )
const statsOf = async (scope: Scope) => {
  const roster = new Roster(fleet.db)
  await roster.load()
  return readStats({ db: fleet.db, roster }, scope)
}
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

test('each series covers its time without gaps and holds what happened in it', async () => {
  await fleet.query(`INSERT INTO events (at, type)
    SELECT clock_timestamp() - n * interval '55 minutes', 'spread' FROM generate_series(0, 40) AS n`)
  const { hour, day } = await statsOf(WHOLE_LOG)
  expect([hour.stepMs, hour.values.length]).toEqual([MINUTE_MS, 61])
  expect([day.stepMs, day.values.length]).toEqual([QUARTER_MS, 97])
  // 55 minutes apart: two in an hour, 27 in a day.
  expect(sum(hour.values)).toBe(2)
  expect(sum(day.values)).toBe(27)
  expect(hour.values.at(-1)).toBe(1)
  const end = hour.start.getTime() + hour.values.length * MINUTE_MS
  expect(end - Date.now()).toBeLessThanOrEqual(MINUTE_MS + 1_000)
})

test('a scope sees its own projects and no other', async () => {
  await record({ project: 'mine', session: 'a' })
  await record({ project: 'theirs', session: 'b' })
  const spent = `INSERT INTO events (type, project_id, data) VALUES ('usage_reported', $1, $2)`
  await fleet.query(spent, [1, { model: 'm', output_tokens: 10, cost_usd: 1 }])
  await fleet.query(spent, [2, { model: 'theirs', output_tokens: 99, cost_usd: 9 }])
  const mine = await statsOf({ projectIds: [1], seesAccess: false })
  expect([...mine.eventsByProject.keys()]).toEqual([1])
  expect(mine.byModel).toMatchObject([{ model: 'm', output_tokens: 10, cost_usd: 1 }])
  expect(mine.usage.ever).toEqual(mine.usage.hour)
  expect([...mine.costByProject]).toEqual([[1, 1]])
  expect(sum(mine.cost.values)).toBe(1)
  const all = await statsOf(WHOLE_LOG)
  expect(all.byModel.map(({ model }) => model)).toEqual(['theirs', 'm'])
  expect(sum(all.day.values)).toBeGreaterThan(sum(mine.day.values))
})

test('what a merged project did counts as the project that it became', async () => {
  await record({ project: 'old', session: 'a' })
  await record({ project: 'new', session: 'b' })
  const spent = `INSERT INTO events (type, project_id, data) VALUES ('usage_reported', $1, $2)`
  for (const id of [1, 2]) await fleet.query(spent, [id, { model: 'm', cost_usd: 1 }])
  await new ProjectAdmin(fleet.db, projectRights).merge(1, 2, { actorId: 'me' })
  const { eventsByProject, costByProject, day } = await statsOf(WHOLE_LOG)
  expect([...costByProject]).toEqual([[2, 2]])
  expect([...eventsByProject]).toEqual([[2, sum(day.values)]])
})

test('a wait is from the ask to what ended it', async () => {
  const ask = { kind: 'permission_requested' as const, tool: toolOf('t') }
  const step = async (signal: Parameters<typeof reportOf>[0]) => record(signal ?? {})
  await step({ signal: prompted('go') })
  await step({ signal: ask })
  const open = await statsOf(WHOLE_LOG)
  expect(open.waits).toEqual({ count: 0, median_ms: 0, longest_ms: 0 })
  await step({ signal: { kind: 'tool_finished', tool: toolOf('t'), durationMs: null } })
  const [times] = await fleet.query<{ ms: number }>(
    `SELECT round(extract(epoch FROM max(at) - min(at)) * 1000)::int AS ms FROM events
     WHERE data->>'to_state' = 'awaiting_input' OR data->>'from_state' = 'awaiting_input'`,
  )
  const { waits } = await statsOf(WHOLE_LOG)
  expect(waits).toEqual({ count: 1, median_ms: times?.ms, longest_ms: times?.ms })
})

test('waits of the scope are found however much others change', async () => {
  const ask = { kind: 'permission_requested' as const, tool: toolOf('t') }
  const end = { kind: 'tool_finished' as const, tool: toolOf('t'), durationMs: null }
  for (const signal of [prompted('go'), ask, end]) await record({ project: 'mine', signal })
  await record({ project: 'theirs', session: 'b' })
  await fleet.query(`INSERT INTO events (type, project_id, agent_id, data)
    SELECT 'state_transition', 2, 2, '{"from_state": "idle", "to_state": "idle"}'
    FROM generate_series(1, 2000)`)
  const { waits } = await statsOf({ projectIds: [1], seesAccess: false })
  expect(waits.count).toBe(1)
})

test('a wait counts with all its time when it ended in the last day, whatever happened meanwhile', async () => {
  await record({ session: 'a' })
  await record({ session: 'b' })
  const change = (agent: number, from: string, to: string, ago: string, count = 1) =>
    fleet.query(
      `INSERT INTO events (at, type, project_id, agent_id, data)
       SELECT clock_timestamp() - $4::interval, 'state_transition', 1, $1,
         jsonb_build_object('from_state', $2::text, 'to_state', $3::text)
       FROM generate_series(1, $5::int)`,
      [agent, from, to, ago, count],
    )
  await change(1, 'processing', 'awaiting_input', '60 hours')
  await change(2, 'processing', 'awaiting_input', '50 hours')
  await change(2, 'awaiting_input', 'processing', '49 hours')
  await change(2, 'processing', 'processing', '48 hours', 2_100)
  await change(1, 'awaiting_input', 'processing', '12 hours')
  const { waits } = await statsOf(WHOLE_LOG)
  expect(waits.count).toBe(1)
  expect(Math.round(waits.longest_ms / 3_600_000)).toBe(48)
})

test('an agent carries what it used, from its next row on', async () => {
  await record({ session: 'spender' })
  const roster = new Roster(fleet.db)
  await roster.load()
  await roster.preload([1])
  expect(roster.agent(1)?.usage).toBe(null)
  await fleet.query(`INSERT INTO events (type, project_id, agent_id, data)
    VALUES ('usage_reported', 1, 1, '{"input_tokens": 5, "output_tokens": 2, "cost_usd": 0.25}')`)
  await roster.load()
  await roster.preload([1])
  expect(roster.agent(1)?.usage).toEqual({ tokens: 7, costUsd: 0.25 })
})
