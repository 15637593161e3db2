import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestLog, type TestLog } from '../../test/support/log'
import type { EventFilter } from '../filter/filter'
import { ALL_EVENTS, selects } from '../filter/select'
import { filterSql } from '../filter/sql'
import type { EventRow } from './event-row'
import { findEvent, readAfter, readBounds, readNewest } from './history'
import { Ring } from './ring'
import { WHOLE_LOG } from './scope'

const TYPES = ['alpha', 'beta', 'gamma', 'access.granted']
const STATES = ['idle', 'errored']
const DEBATES = [randomUUID(), randomUUID()]

let log: TestLog
let start: number
let all: EventRow[]
let projects: number[]
let agents: number[]

beforeAll(async () => {
  log = await createTestLog()
  start = (await readBounds(log.db)).head
  await log.query(`INSERT INTO projects (key, slug, name) SELECT n, n, n
    FROM generate_series(1, 3) AS n`)
  await log.query(`INSERT INTO agents (project_id, reporter, key, session_id, name, last_seen_at, state,
      state_since, confirmed_at, confirmed_by, memory)
    SELECT id, 'api', 'agent ' || id, 's', 'n', now(), 'idle', now(), now(), 'report', '{}'
    FROM projects`)
  projects = (await log.query<{ id: number }>('SELECT id FROM projects ORDER BY 1')).map(idOf)
  agents = (await log.query<{ id: number }>('SELECT id FROM agents ORDER BY 1')).map(idOf)
  await log.query(
    `INSERT INTO events (at, type, project_id, agent_id, state, debate_id, summary, data)
     SELECT '2026-01-01T00:00:00Z'::timestamptz + n % 9 * interval '1 hour', ($1::text[])[1 + n % 4], ($2::bigint[])[1 + n % 4], ($3::bigint[])[1 + n % 5],
       ($4::text[])[1 + n % 3], ($5::uuid[])[1 + n % 4], 'row ' || n, jsonb_build_object('n', n, 'payload', '{"raw": 1}'::jsonb)
     FROM generate_series(1, 120) AS n`,
    [TYPES, projects, agents, STATES, DEBATES],
  )
  await log.query('DELETE FROM events WHERE id % 7 = 0')
  all = (await readAfter(log.db, start, { limit: 1_000 })).rows
})

afterAll(() => log.end())

test('what is read is every row, oldest first, without the raw payload', async () => {
  const ids = (await log.query<{ id: number }>('SELECT id FROM events ORDER BY id')).map(idOf)
  expect(all.map(idOf)).toEqual(ids)
  expect(all[0]?.data).toEqual({ n: expect.any(Number) })
  expect(all[0]?.at).toBeInstanceOf(Date)
  expect(await readNewest(log.db, { limit: 1_000 })).toEqual([...all].reverse())
})

test('every filter selects the rows that it selects in memory, in both directions', async () => {
  const some = <T>(values: readonly T[]) => fc.subarray([...values])
  const unknown = 999_999_999
  const at = fc.constantFrom(...all.map((row) => row.at))
  const ring = new Ring(start, 10_000_000)
  for (const row of all) ring.push(row, 100)
  const filters = fc.record({
    types: fc.option(some([...TYPES, 'never_seen'])),
    projects: fc.option(some([...projects, unknown])),
    agents: fc.option(some([...agents, unknown])),
    states: fc.option(some([...STATES, 'ended'])),
    debates: fc.option(some([...DEBATES, randomUUID()])),
    since: fc.option(at),
    until: fc.option(at),
    scope: fc.record({
      projectIds: fc.option(some([...projects, unknown])),
      seesAccess: fc.boolean(),
    }),
  })
  await fc.assert(
    fc.asyncProperty(filters, async (asked) => {
      const filter: EventFilter = { ...ALL_EVENTS, ...asked }
      const where = filterSql(filter)
      const selected = all.filter((row) => selects(filter, row))
      expect(ring.after(start, 1_000)?.filter((row) => selects(filter, row))).toEqual(selected)
      expect((await readAfter(log.db, start, { limit: 1_000, where })).rows).toEqual(selected)
      const newest = await readNewest(log.db, { limit: 1_000, where })
      expect(newest).toEqual(selected.reverse())
    }),
    { numRuns: 60 },
  )
})

test('paging by the last id gives every row once, whatever the size of a page', async () => {
  const filter = { ...ALL_EVENTS, types: ['alpha', 'beta'] }
  const where = filterSql(filter)
  const selected = all.filter((row) => selects(filter, row))
  for (const limit of [1, 7, 64, 1_000]) {
    const upwards: EventRow[] = []
    for (let page = await after(start); page.length > 0; page = await after(lastId(page))) {
      upwards.push(...page)
    }
    const downwards: EventRow[] = []
    for (let page = await below(); page.length > 0; page = await below(lastId(page))) {
      downwards.push(...page)
    }
    expect(upwards).toEqual(selected)
    expect(downwards).toEqual([...selected].reverse())

    async function after(id: number) {
      return (await readAfter(log.db, id, { limit, where })).rows
    }
    function below(before?: number) {
      return readNewest(log.db, { limit, where, ...(before !== undefined && { before }) })
    }
  }
})

test('through includes its row, before and after do not include theirs', async () => {
  const ids = all.map(idOf)
  const [, second = 0, third = 0, fourth = 0] = ids
  const page = await readAfter(log.db, second, { limit: 10, through: fourth })
  expect(page.rows.map(idOf)).toEqual([third, fourth])
  expect((await readNewest(log.db, { limit: 2, through: third })).map(idOf)).toEqual([
    third,
    second,
  ])
  expect((await readNewest(log.db, { limit: 1, before: third })).map(idOf)).toEqual([second])
  const both = await readNewest(log.db, { limit: 1, before: third, through: fourth })
  expect(both.map(idOf)).toEqual([second])
})

test('a page says what is kept, also where it is empty', async () => {
  const { firstId, trimmedThrough, head } = await readBounds(log.db)
  expect([firstId, trimmedThrough]).toEqual([start + 1, start])
  expect(head).toBe(all.at(-1)?.id)
  expect(await readAfter(log.db, head, { limit: 5 })).toEqual({ rows: [], firstId, trimmedThrough })
})

test('one event is found with the payload that it was made from', async () => {
  const [row] = all
  const id = row?.id ?? 0
  expect(await findEvent(log.db, id, WHOLE_LOG)).toEqual({ row, payload: { raw: 1 } })
  expect(await findEvent(log.db, 1, WHOLE_LOG)).toBeNull()
  expect(await findEvent(log.db, id, { projectIds: [], seesAccess: true })).toBeNull()
})

function idOf({ id }: { id: number }): number {
  return id
}

function lastId(rows: readonly EventRow[]): number {
  return rows.at(-1)?.id ?? 0
}
