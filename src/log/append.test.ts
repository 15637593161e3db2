import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { until } from '../../test/support/deadline'
import { createTestLog, type TestLog } from '../../test/support/log'
import { ensureDatabase, runStatement } from '../db/ensure-database'
import { migrate } from '../db/migrate'
import { appendEvents, type NewEvent } from './append'
import { readAfter, readBounds } from './history'

describe('the database itself', () => {
  let log: TestLog

  beforeAll(async () => {
    log = await createTestLog()
  })

  afterAll(() => log.end())

  test.each(['', 'Upper', '1st', 'with space', 'line\nbreak', 'a'.repeat(65), 'ä', 'a:b'])(
    'refuses the type %j',
    async (type) => {
      await expect(log.insert(type)).rejects.toMatchObject({ code: '23514' })
    },
  )

  test.each(['a', 'a.b-c_d9', 'a'.repeat(64)])('takes the type %j', async (type) => {
    expect(await log.insert(type)).toHaveLength(1)
  })

  test.each(['[]', '"text"', '1', 'null', 'true'])(
    'refuses data that is no object: %s',
    async (data) => {
      const insert = log.query(`INSERT INTO events (type, data) VALUES ('test', $1)`, [data])
      await expect(insert).rejects.toMatchObject({ code: '23514' })
    },
  )
})

let log: TestLog

beforeEach(async () => {
  log = await createTestLog()
})

afterEach(() => log.end())

test('the first id is not below the time of the migration in milliseconds', async () => {
  const fresh = new URL(log.url)
  fresh.pathname = `${fresh.pathname}_fresh`
  const startedAt = Date.now()
  await migrate(await ensureDatabase(fresh.href))
  const other = await createTestLog(fresh.href)
  try {
    const bounds = await readBounds(other.db)
    const [first = 0] = await other.insert('first')
    expect(first).toBeGreaterThanOrEqual(startedAt)
    expect(first).toBeLessThanOrEqual(Date.now())
    expect(bounds).toEqual({ head: first - 1, firstId: first, trimmedThrough: first - 1 })
  } finally {
    await other.end()
    await runStatement(log.url, `DROP DATABASE ${fresh.pathname.slice(1)} WITH (FORCE)`)
  }
})

test('rows are stored in their order and as they are, and their ids come in that order', async () => {
  const nasty = `quote " ' \\ {braces,} \r\n\t NULL <script> 🦊`
  const events = Array.from(
    { length: 50 },
    (_, n): NewEvent => ({
      ...BARE,
      reportedAt: n % 2 ? new Date(Date.UTC(2026, 0, 1, 0, 0, n, 7)) : null,
      summary: `${n} ${nasty}`,
      state: n % 3 ? 'idle' : null,
      turnId: n % 5 ? null : '01234567-89ab-8cde-8123-456789abcdef',
      data: { n, nasty, list: [null, nasty] },
    }),
  )
  const { head } = await readBounds(log.db)
  const ids = await log.db.transaction().execute((trx) => appendEvents(trx, events))
  const { rows } = await readAfter(log.db, head, { limit: 100 })
  expect(rows.map((row) => row.id)).toEqual(ids)
  expect(ids).toEqual([...ids].sort((a, b) => a - b))
  expect(rows).toMatchObject(events)
  expect(await appendEvents(log.db, [])).toEqual([])
})

test('the counts are those of a recount, whoever inserted and however much at once', async () => {
  const types = ['alpha', 'beta', 'gamma']
  const clients = await Promise.all([log.psql(), log.psql(), log.psql()])
  const [project] = await log.query<{ id: number }>(
    `INSERT INTO projects (key, slug, name) VALUES ('p', 'p', 'p') RETURNING id`,
  )
  const inserts = clients.map(async (client, number) => {
    for (let round = 0; round < 20; round++) {
      await client.query('BEGIN')
      await client.query(
        `INSERT INTO events (type, project_id, at)
         SELECT ($1::text[])[1 + n % 3], CASE WHEN n % 2 = 0 THEN $2::bigint END,
           timestamptz '2026-01-01 00:00' + n * interval '25 s'
         FROM generate_series(1, $3::int) AS n`,
        [types, project?.id, 1 + ((round * 7 + number) % 13)],
      )
      await client.query(round % 6 === 5 ? 'ROLLBACK' : 'COMMIT')
    }
  })
  await Promise.all(inserts)
  const counted = await log.query('SELECT * FROM event_counts ORDER BY 1, 2, 3')
  const recounted = await log.query(
    `SELECT date_trunc('minute', at) AS minute, coalesce(project_id, 0) AS project_id,
       type COLLATE "C" AS type, count(*) AS count FROM events GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
  )
  expect(counted.length).toBeGreaterThan(10)
  expect(counted).toEqual(recounted)
})

test('rows inserted by hand are streamed and counted, and change the state of no agent', async () => {
  await log.query(
    `WITH project AS (INSERT INTO projects (key, slug, name) VALUES ('p', 'p', 'p') RETURNING id)
     INSERT INTO agents (project_id, reporter, key, session_id, name, last_seen_at, state, state_since,
       confirmed_at, confirmed_by, memory)
     SELECT id, 'api', 'a', 'a', 'a', now(), 'idle', now(), now(), 'report', '{}' FROM project`,
  )
  const before = await log.query('SELECT * FROM agents')
  const follower = await log.follow()
  await log.query(
    `INSERT INTO events (type, project_id, agent_id, state, data)
     SELECT 'state_transition', project_id, id, 'errored',
       '{"from_state": "idle", "to_state": "errored"}' FROM agents`,
  )
  await until('the row was streamed', () => follower.rows.length === 1)
  expect(follower.rows).toMatchObject([{ type: 'state_transition', state: 'errored' }])
  expect(await log.query('SELECT type, count FROM event_counts')).toEqual([
    { type: 'state_transition', count: 1 },
  ])
  expect(await log.query('SELECT * FROM agents')).toEqual(before)
})

const BARE: NewEvent = {
  reportedAt: null,
  type: 'test',
  projectId: null,
  agentId: null,
  turnId: null,
  state: null,
  summary: '',
  data: {},
}
