import { afterEach, beforeEach, expect, test } from 'vitest'
import { migrate } from '../../src/db/migrate'
import { Tail } from '../../src/log/tail'
import { until, within } from '../support/deadline'
import { createScratch, postmasterOf, type Scratch } from '../support/embedded-scratch'
import { createTestLog, type TestLog } from '../support/log'

/** Longer than any test: rows that come must have been announced. */
const NEVER_MS = 3_600_000

let log: TestLog

beforeEach(async () => {
  log = await createTestLog()
})

afterEach(() => log.end())

test('rows come as they are stored, from the head at the start on', async () => {
  await log.insert('before', 3)
  const follower = await log.follow({ safetyReadMs: NEVER_MS })
  const ids = await log.insert('after', 2)
  await until('two rows came', () => follower.rows.length === 2)
  expect(follower.ids).toEqual(ids)
  expect(follower.tail.head).toBe(ids[1])
  expect(follower.tail.counters).toMatchObject({ notices: 1, foundBySafetyRead: 0 })
  expect(follower.tail.ring.after(ids[0] ?? 0, 9)).toEqual([follower.rows[1]])
})

test('what was stored between the head and the start comes first', async () => {
  const [head = 0] = await log.insert('known')
  const missed = await log.insert('missed', 2)
  const given: number[] = []
  const onRows = (rows: readonly { id: number }[]) => given.push(...rows.map((row) => row.id))
  const tail = new Tail({ url: log.url, onRows }, head)
  await tail.start()
  await tail.stop()
  expect(given).toEqual(missed)
})

test('more rows than a page holds are read to the end at once', async () => {
  const pages: number[] = []
  const follower = await log.follow({
    safetyReadMs: NEVER_MS,
    onRows: (rows) => void pages.push(rows.length),
  })
  const ids = await log.insert('many', 1_234)
  await until('the reader is at the end', () => follower.tail.head === ids.at(-1))
  expect(pages).toEqual([500, 500, 234])
})

test('rows that nobody announced are found by the safety read, which is counted', async () => {
  const follower = await log.follow({ safetyReadMs: 50 })
  const client = await log.psql()
  await client.query('SET session_replication_role = replica')
  const { rows } = await client.query(
    `INSERT INTO events (type) VALUES ('silent'), ('silent') RETURNING id`,
  )
  await until('the rows were found', () => follower.rows.length === 2)
  expect(follower.ids).toEqual(rows.map((row) => row.id))
  const { counters } = follower.tail
  await until('a safety read is over', () => counters.foundBySafetyRead === 2)
  expect(counters.notices).toBe(0)
  expect(counters.safetyReads).toBeGreaterThan(0)
})

test('a killed backend costs no row: what came meanwhile follows once, and both changes are told', async () => {
  const follower = await log.follow({ safetyReadMs: NEVER_MS })
  const before = await log.insert('before')
  await until('the first row came', () => follower.rows.length === 1)
  await killTail()
  const after = await log.insert('after', 2)
  await until('the rows came', () => follower.rows.length === 3)
  await killTail()
  const again = await log.insert('again')
  await until('the last row came', () => follower.rows.length === 4)
  expect(follower.ids).toEqual([...before, ...after, ...again])
  expect(follower.statuses).toEqual([true, false, true, false, true])
  expect(follower.tail.counters.reconnects).toBe(2)
})

test('rows that were removed before they could be read are told of, and then come the next', async () => {
  const gaps: number[] = []
  const follower = await log.follow({ safetyReadMs: NEVER_MS, onGap: (to) => gaps.push(to) })
  const before = await log.insert('before')
  await until('the first row came', () => follower.rows.length === 1)
  // Nobody announces what is inserted so.
  await log.query('SET session_replication_role = replica')
  const lost = await log.insert('lost', 2)
  await log.query('DELETE FROM events WHERE id <= $1', [lost[0]])
  await log.query('UPDATE log_floor SET trimmed_through = $1', [lost[0]])
  await log.query('SET session_replication_role = origin')
  const after = await log.insert('after')
  await until('the next rows came', () => follower.rows.length === 3)
  expect(follower.ids).toEqual([...before, lost[1], ...after])
  expect(gaps).toEqual([lost[0]])
  expect(follower.tail.ring.after(before[0] ?? 0, 9)).toBeNull()
  expect(follower.tail.ring.after(lost[0] ?? 0, 9)).toEqual(follower.rows.slice(1))
})

test('a log that is trimmed to its very end is told of at once, and its head is where it ends', async () => {
  const gaps: number[] = []
  const follower = await log.follow({ safetyReadMs: 50, onGap: (to) => gaps.push(to) })
  await log.query('SET session_replication_role = replica')
  const [lost = 0] = await log.insert('lost')
  await log.query(`WITH trimmed AS (UPDATE log_floor SET trimmed_through = ${lost})
    DELETE FROM events`)
  await until('the gap is told', () => follower.tail.head === lost)
  expect(gaps.length + follower.rows.length).toBe(1)
})

test('a listener that throws is not taken for a lost connection', async () => {
  const faults: [Error, number[]][] = []
  const given: number[] = []
  const follower = await log.follow({
    safetyReadMs: NEVER_MS,
    onRows: (rows) => {
      given.push(...rows.map((row) => row.id))
      if (given.length === 1) throw new Error('a mistake of the listener')
    },
    onFault: (error, rows) => faults.push([error, rows.map((row) => row.id)]),
  })
  const first = await log.insert('first')
  await until('the first row came', () => given.length === 1)
  const second = await log.insert('second')
  await until('the second row came', () => given.length === 2)
  expect(given).toEqual([...first, ...second])
  expect(follower.statuses).toEqual([true])
  expect(follower.tail.counters.reconnects).toBe(0)
  expect(faults).toEqual([[new Error('a mistake of the listener'), first]])
})

test('rows that were removed before it had read them are no silent hole', async () => {
  let gaps = 0
  const follower = await log.follow({ safetyReadMs: NEVER_MS, onGap: () => gaps++ })
  const [read = 0] = await log.insert('read')
  await until('the first row came', () => follower.rows.length === 1)
  const { ring } = follower.tail
  await log.query('ALTER TABLE events DISABLE TRIGGER inserted')
  const removed = await log.insert('removed', 3)
  await log.query('DELETE FROM events WHERE id <= $1', [removed[2]])
  await log.query('UPDATE log_floor SET trimmed_through = $1', [removed[2]])
  await log.query('ALTER TABLE events ENABLE TRIGGER inserted')
  expect(gaps).toBe(0)
  const [next = 0] = await log.insert('next')
  await until('the next row came', () => follower.rows.length === 2)
  expect(follower.ids).toEqual([read, next])
  expect([gaps, follower.tail.counters.gaps]).toEqual([1, 1])
  expect(ring.after(read, 9)).toBe(null)
  expect(ring.after(removed[2] ?? 0, 9)?.map(({ id }) => id)).toEqual([next])
})

test('it says how far it was behind, whatever times the rows have', async () => {
  const follower = await log.follow({ safetyReadMs: NEVER_MS })
  await log.query(
    `INSERT INTO events (type, at) VALUES ('late', clock_timestamp() - interval '1 minute'), ('b', 'infinity')`,
  )
  await until('the rows came', () => follower.rows.length === 2)
  expect(follower.tail.lastRead.rows).toBe(2)
  expect(follower.tail.lastRead.behindMs).toBeGreaterThanOrEqual(60_000)
  await log.query(`INSERT INTO events (type, at) VALUES ('odd', 'infinity')`)
  await until('the row came', () => follower.rows.length === 3)
  expect(follower.tail.lastRead).toEqual({ rows: 1, behindMs: 0 })
})

test('stop leaves no connection, also in the middle of connecting', async () => {
  const follower = await log.follow()
  await follower.tail.stop()
  const { head } = follower.tail
  const hasty = new Tail({ url: log.url, onRows: () => undefined }, head)
  const starting = hasty.start()
  await hasty.stop()
  await within('the start ends as well', starting)
  await until('no tail is connected', async () => (await tails()).length === 0)
  expect(follower.tail.isAvailable).toBe(false)
  expect(hasty.isAvailable).toBe(false)
})

test('without a database it starts, says so, and goes on trying', async () => {
  const nowhere = new URL(log.url)
  nowhere.port = '1'
  const follower = await log.follow({ url: nowhere.href })
  expect(follower.tail.isAvailable).toBe(false)
  await until('it tried again', () => follower.tail.counters.reconnects > 1)
  expect(follower.statuses).toEqual([])
})

test('a database that is killed and comes back has its rows read once', async () => {
  const scratch = await createScratch()
  try {
    const server = await scratch.start()
    await migrate(server.url)
    const other = await createTestLog(server.url)
    await surviveRestart(other, scratch).finally(() => other.end())
  } finally {
    await scratch.remove()
  }
})

async function surviveRestart(other: TestLog, scratch: Scratch): Promise<void> {
  const follower = await other.follow({ safetyReadMs: NEVER_MS })
  const before = await other.insert('before', 2)
  await until('the rows came', () => follower.rows.length === 2)
  process.kill(await postmasterOf(`${scratch.folder}/data`), 'SIGKILL')
  await until('the loss was told', () => follower.statuses.at(-1) === false)
  const client = await until('the database is back', () => other.psql().catch(() => undefined))
  const { rows } = await client.query(
    `INSERT INTO events (type) VALUES ('while_away'), ('while_away') RETURNING id`,
  )
  await until('the reader is back', () => follower.rows.length === 4)
  expect(follower.ids).toEqual([...before, ...rows.map((row) => Number(row.id))])
  expect(follower.statuses).toEqual([true, false, true])
}

function tails() {
  return log.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity
     WHERE application_name = 'muster tail' AND datname = current_database()`,
  )
}

async function killTail(): Promise<void> {
  const [found] = await until('a tail is connected', async () => {
    const connected = await tails()
    return connected.length === 1 && connected
  })
  await log.query('SELECT pg_terminate_backend($1)', [found?.pid])
  await until('it is gone', async () => (await tails()).every(({ pid }) => pid !== found?.pid))
}
