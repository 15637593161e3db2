import { afterEach, beforeEach, expect, it } from 'vitest'
import { createTestFleet, type TestFleet } from '../../test/support/fleet'
import { CHILD_STARTED, prompted, reportOf } from '../../test/support/report'
import { until } from '../../test/support/wait'
import { removeSessions } from './remove-sessions'

let fleet: TestFleet
const BY = { actorId: 'user:1' }

beforeEach(async () => {
  fleet = await createTestFleet()
  await report('one')
})
afterEach(() => fleet.end())

function report(session: string, recorder = fleet.recorder, child?: string) {
  const signal = child === undefined ? prompted('Go') : CHILD_STARTED
  return recorder.record([reportOf({ session, signal, ...(child && { child }) })], 1)
}

async function idsOf(...sessions: string[]): Promise<number[]> {
  const rows = await fleet.query<{ id: number }>(
    'SELECT id FROM agents WHERE key = ANY($1) ORDER BY id',
    [sessions.map((session) => `test/${session}`)],
  )
  return rows.map(({ id }) => id)
}

/** A connection of this database waits for a lock of this kind. */
async function waitsFor(locktype: string): Promise<boolean> {
  const waiting = await fleet.query(
    `SELECT FROM pg_locks WHERE NOT granted AND locktype = $1
       AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())`,
    [locktype],
  )
  return waiting.length > 0
}

async function eventsOf(...sessions: string[]): Promise<number> {
  const rows = await fleet.query('SELECT FROM events WHERE agent_id = ANY($1)', [
    await idsOf(...sessions),
  ])
  return rows.length
}

it('Much goes in steps, and what each step has removed is not held back by the next', async () => {
  for (let n = 0; n < 20; n++) await report('one')
  const before = await eventsOf('one')
  const holder = await fleet.psql()
  await holder.query('BEGIN')
  // In the middle, wherever the removal begins: the steps before it do not need this row.
  await holder.query(
    `SELECT FROM events WHERE id =
       (SELECT id FROM events WHERE agent_id IS NOT NULL ORDER BY id OFFSET 11 LIMIT 1) FOR UPDATE`,
  )
  const removal = removeSessions(fleet.db, await idsOf('one'), { ...BY, stepRows: 5 })
  await until('a step waits for the row', () => waitsFor('transactionid'))
  const left = await eventsOf('one')
  expect(left).toBeLessThan(before)
  expect(left).toBeGreaterThan(0)
  // Its reports do not wait meanwhile.
  const impatient = fleet.another({ lockTimeoutMs: 300 })
  expect((await report('one', impatient)).accepted).toBe(1)
  await holder.query('COMMIT')
  expect(await removal).toBe(1)
  const [row] = await fleet.query<{ events: number }>(
    `SELECT (data->>'events')::int AS events FROM events WHERE data->>'action' = 'deleted'`,
  )
  expect(row?.events).toBeGreaterThan(before)
  expect(await fleet.query('SELECT FROM events WHERE agent_id IS NOT NULL')).toEqual([])
})

it('Who appends to the log never waits for a removal that waits for the log', async () => {
  const [one] = await idsOf('one')
  const writer = await fleet.psql()
  await writer.query('BEGIN')
  await writer.query(`SELECT pg_advisory_xact_lock(hashtext('muster.events'))`)
  const removal = removeSessions(fleet.db, [one ?? 0], BY)
  await until('the removal waits for the log', () => waitsFor('advisory'))
  // Shorter than it takes the database to see a deadlock.
  await writer.query(`SET LOCAL lock_timeout = '500ms'`)
  await writer.query(`INSERT INTO events (type) VALUES ('note')`)
  await writer.query('COMMIT')
  expect(await removal).toBe(1)
})

it('Who was heard of since stays', async () => {
  await report('two')
  const [one = 0, two = 0] = await idsOf('one', 'two')
  await fleet.query(`UPDATE agents SET last_seen_at = now() - interval '8 days' WHERE id = $1`, [
    one,
  ])
  expect(await removeSessions(fleet.db, [one, two], { ...BY, silentDays: 9 })).toBe(0)
  expect(await removeSessions(fleet.db, [one, two], { ...BY, silentDays: 7 })).toBe(1)
  expect(await idsOf('one', 'two')).toEqual([two])
})

it('Reports go on while sessions are removed: none is refused, and none is lost', async () => {
  const names = ['a', 'b', 'c', 'd']
  let isDone = false
  const reporters = names.map(async (name, index) => {
    const recorder = fleet.another()
    for (let n = 0; n < 25; n++) {
      await report(
        names[(index + n) % 4] ?? name,
        recorder,
        n % 3 === 0 ? `child${n % 2}` : undefined,
      )
    }
  })
  const removal = (async () => {
    while (!isDone) await removeSessions(fleet.db, await idsOf(...names), { ...BY, stepRows: 3 })
  })()
  await Promise.all(reporters)
  isDone = true
  await removal
  await report('a')
  expect(await idsOf('a')).toHaveLength(1)
  // Every row that there ever was is in the log, or was removed and told of.
  const [sum] = await fleet.query<{ counted: number; stored: number; told: number }>(
    `SELECT (SELECT sum(count) FROM event_totals)::int AS counted,
       count(*)::int AS stored,
       coalesce(sum((data->>'events')::int) FILTER (WHERE data->>'action' = 'deleted'), 0)::int AS told
     FROM events`,
  )
  expect(sum?.told).toBeGreaterThan(0)
  expect((sum?.stored ?? 0) + (sum?.told ?? 0)).toBe(sum?.counted)
})
