import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { until } from '../../test/support/deadline'
import { createTestLog, type TestLog } from '../../test/support/log'
import { connectDatabase } from '../db/connect'
import { readAfter, readBounds } from './history'
import { Retention, type RetentionLimits } from './retention'

const UNLIMITED: RetentionLimits = { days: 90, maxEvents: null }
let log: TestLog

beforeEach(async () => {
  log = await createTestLog()
  // It has run a moment ago: nobody doubts what time it is.
  await log.query('INSERT INTO retention_clock (seen_at, believed_at) VALUES (now(), now())')
})
afterEach(() => log.end())

function retention(limits: Partial<RetentionLimits> = {}, stepRows = 7): Retention {
  const { db } = log
  return new Retention({
    db,
    writing: db,
    limits: { ...UNLIMITED, ...limits },
    stepRows,
    pauseMs: 0,
  })
}

/** Inserts rows of these times, and gives their ids. */
async function insertAt(...times: string[]): Promise<number[]> {
  const rows = await log.query<{ id: number }>(
    `INSERT INTO events (type, at) SELECT 'timed', time::timestamptz
     FROM unnest($1::text[]) WITH ORDINALITY AS given (time, place) ORDER BY place RETURNING id`,
    [times],
  )
  return rows.map(({ id }) => id)
}

const OLD = new Date(Date.now() - 91 * 86_400_000).toISOString()
const YOUNG = new Date(Date.now() - 89 * 86_400_000).toISOString()
const TOMORROW = new Date(Date.now() + 86_400_000).toISOString()
const many = (count: number, time: string) => Array.from({ length: count }, () => time)
const kept = async () =>
  (await log.query<{ id: number }>('SELECT id FROM events ORDER BY id')).map(({ id }) => id)

describe('by age', () => {
  test('the old rows at the start of the log go, step by step, and the floor says so', async () => {
    const old = await insertAt(...many(40, OLD))
    const young = await insertAt(...many(3, YOUNG))
    await log.query(`INSERT INTO event_search (event_id, words) SELECT id, '' FROM events`)
    const job = retention()
    expect(await job.run()).toMatchObject({ events: 40, keys: 0, through: old.at(-1) })
    expect(await kept()).toEqual(young)
    expect(await readBounds(log.db)).toMatchObject({
      trimmedThrough: old.at(-1),
      head: young.at(-1),
    })
    expect(await log.query('SELECT event_id AS id FROM event_search ORDER BY 1')).toEqual(
      young.map((id) => ({ id })),
    )
    expect(await job.run()).toMatchObject({ events: 0, keys: 0, through: null })
    expect(job.counters).toEqual({ events: 40, keys: 0 })
  })

  test('what is counted and told elsewhere stays; keys of reports go at the same age', async () => {
    await insertAt(OLD, OLD, YOUNG)
    await log.query(`INSERT INTO projects (key, slug, name) VALUES ('p', 'p', 'p')`)
    await log.query(
      `INSERT INTO report_keys (project_id, key, at)
       SELECT id, given.key, given.at::timestamptz FROM projects,
         (VALUES ('old', $1), ('young', $2), ('odd', 'infinity')) AS given (key, at)`,
      [OLD, YOUNG],
    )
    expect(await retention().run()).toMatchObject({ events: 2, keys: 1 })
    const counted = await log.query<{ sum: number }>(
      'SELECT sum(count)::int AS sum FROM event_counts',
    )
    expect(counted).toEqual([{ sum: 3 }])
    const keys = await log.query('SELECT key FROM report_keys ORDER BY key')
    expect(keys).toEqual([{ key: 'odd' }, { key: 'young' }])
  })

  test('an empty log, and one of young rows, stay as they are', async () => {
    expect(await retention().run()).toMatchObject({ events: 0 })
    const ids = await insertAt(...many(20, YOUNG))
    expect(await retention().run()).toMatchObject({ events: 0 })
    expect(await kept()).toEqual(ids)
  })

  test.each(['infinity', '-infinity', TOMORROW])(
    'a row of the time %s does not stop it, and goes with its neighbours',
    async (odd) => {
      await insertAt(odd, ...many(10, OLD), odd, ...many(10, OLD))
      const rest = await insertAt(odd, ...many(10, YOUNG), odd)
      await retention().run()
      expect(await kept()).toEqual(rest)
    },
  )

  test('more rows without a believable time than a step takes do not stop it either', async () => {
    await insertAt(...many(50, 'infinity'), ...many(3, OLD))
    const rest = await insertAt(...many(50, 'infinity'), YOUNG)
    await retention().run()
    expect(await kept()).toEqual(rest)
  })

  test('a row that only claims to be old takes no young one with it', async () => {
    const ids = await insertAt(YOUNG, OLD, '-infinity', '0001-01-01', YOUNG, ...many(20, OLD))
    await retention().run()
    expect(await kept()).toEqual(ids)
  })
})

describe('by count', () => {
  test('exactly the newest stay, whatever gaps the ids have', async () => {
    const rows: number[] = []
    for (let round = 0; round < 10; round++) {
      rows.push(...(await insertAt(...many(5, YOUNG))))
      await log.query('BEGIN')
      await insertAt(...many(7, YOUNG))
      await log.query('ROLLBACK')
    }
    expect(await retention({ maxEvents: 50 }).run()).toMatchObject({ events: 0 })
    expect(await retention({ maxEvents: 18 }).run()).toMatchObject({
      events: 32,
      keys: 0,
      through: rows[31],
    })
    expect(await kept()).toEqual(rows.slice(32))
  })

  test('holds beside the age: whichever asks for more', async () => {
    await insertAt(...many(10, OLD))
    const young = await insertAt(...many(10, YOUNG))
    await retention({ maxEvents: 15 }).run()
    expect(await kept()).toEqual(young)
    await retention({ maxEvents: 4 }).run()
    expect(await kept()).toEqual(young.slice(6))
  })

  test('rows that arrive meanwhile are not taken for surplus', async () => {
    await insertAt(...many(30, YOUNG))
    const running = retention({ maxEvents: 10 }, 1).run()
    const late = [await insertAt(YOUNG), await insertAt(YOUNG)].flat()
    await running
    expect((await kept()).slice(-2)).toEqual(late)
    expect((await kept()).length).toBeGreaterThanOrEqual(10)
  })
})

describe('while it works', () => {
  test('another process that tries leaves it alone', async () => {
    await insertAt(...many(10, OLD))
    const other = await log.psql()
    await other.query(`BEGIN; SELECT pg_advisory_xact_lock(hashtext('muster.retention'))`)
    expect(await retention().run()).toMatchObject({ events: 0 })
    await other.query('COMMIT')
    expect(await retention().run()).toMatchObject({ events: 10 })
  })

  test('it stops between two steps when it is told to', async () => {
    await insertAt(...many(10, OLD))
    expect(await retention().run(AbortSignal.abort())).toMatchObject({ events: 0 })
    expect(await kept()).toHaveLength(10)
  })

  test('nobody who writes or reads waits for it', async () => {
    const old = await insertAt(...many(5, OLD))
    const db = connectDatabase(log.url, { max: 1 })
    const holder = await log.psql()
    try {
      // It is held up in the middle of a step, with all its locks: the rows are deleted, the floor is not.
      await holder.query('BEGIN; SELECT * FROM log_floor FOR UPDATE')
      const running = new Retention({ db, writing: db, limits: UNLIMITED }).run()
      await until('it waits for the floor', async () => (await waiting()) > 0)
      await log.query(`SET statement_timeout = '5s'`)
      const written = [...(await insertAt(YOUNG)), ...(await insertAt(YOUNG))]
      // A reader sees the rows or that they are gone: as yet it sees them.
      const page = await readAfter(log.db, 0, { limit: 100 })
      expect(page.rows.map(({ id }) => id)).toEqual([...old, ...written])
      expect(page.trimmedThrough).toBeLessThan(old[0] ?? 0)
      expect(await heldModes()).toEqual(['AccessShareLock', 'RowExclusiveLock'])
      await holder.query('COMMIT')
      expect(await running).toMatchObject({ events: 5, through: old.at(-1) })
    } finally {
      await db.destroy()
    }
  })
})

async function waiting(): Promise<number> {
  const rows = await log.query(
    `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
       AND query ILIKE 'update "log_floor"%'`,
  )
  return rows.length
}

/** How it has locked tables: none of these modes is in the way of an insert, an update or a read. */
async function heldModes(): Promise<string[]> {
  const rows = await log.query<{ mode: string }>(
    `SELECT DISTINCT mode FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE locktype = 'relation' AND datname = current_database() AND wait_event_type = 'Lock'
       AND query ILIKE 'update "log_floor"%' ORDER BY mode`,
  )
  return rows.map(({ mode }) => mode)
}
