import type pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until, within } from '../../test/support/deadline'
import { createTestLog, type TestLog } from '../../test/support/log'

const WRITERS = 8
const ROUNDS = 40

let log: TestLog

beforeEach(async () => {
  log = await createTestLog()
})

afterEach(() => log.end())

test.each([1, 2])(
  'eight writers with rollbacks: each of %i readers sees every committed row once, in order',
  async (readers) => {
    const followers = await Promise.all(Array.from({ length: readers }, () => log.follow()))
    const committed = await writeAtOnce()
    const stored = await log.query<{ id: number }>('SELECT id FROM events ORDER BY id')
    expect(stored.map((row) => row.id)).toEqual(committed)
    const last = committed.at(-1) ?? 0
    for (const { tail, rows } of followers) {
      await until('the reader is at the end of the log', () => tail.head >= last)
      expect(rows.map((row) => row.id)).toEqual(committed)
    }
  },
)

test('ids are drawn under the lock: a writer that waits for another gets the higher ones', async () => {
  const [first, second] = await Promise.all([log.psql(), log.psql()])
  await first.query('BEGIN')
  const early = await insert(first, 'early', 1)
  const waiting = insert(second, 'late', 2)
  await until('the second writer waits for the log', () => isBlocked(second))
  const more = await insert(first, 'early', 3)
  await first.query('COMMIT')
  const late = await within('the second writer goes on', waiting)
  const ids = [...early, ...more, ...late]
  expect(ids).toEqual([...ids].sort((a, b) => a - b))
})

test('a forgotten BEGIN; INSERT is cut off after two seconds, and nothing but it is lost', async () => {
  const follower = await log.follow()
  const forgetful = await log.psql()
  const ended = new Promise<Error>((resolve) => forgetful.once('error', resolve))
  const startedAt = performance.now()
  await forgetful.query('BEGIN')
  await insert(forgetful, 'forgotten', 1)
  const written = within('others write again after the two seconds', log.insert('next', 2), 10_000)
  expect(await within('the forgetful client is cut off', ended, 10_000)).toMatchObject({
    code: '25P03',
  })
  const ids = await written
  expect(performance.now() - startedAt).toBeGreaterThan(1_000)
  await until('the reader has both rows', () => follower.rows.length === 2)
  expect(follower.ids).toEqual(ids)
  expect(await log.query('SELECT type FROM events')).toEqual([{ type: 'next' }, { type: 'next' }])
})

test('the two seconds hold for transactions that insert, and for no others', async () => {
  const client = await log.psql()
  const setting = async () => {
    const { rows } = await client.query('SHOW idle_in_transaction_session_timeout')
    return rows[0].idle_in_transaction_session_timeout
  }
  await client.query('BEGIN')
  await insert(client, 'test', 1)
  expect(await setting()).toBe('2s')
  await client.query('COMMIT')
  expect(await setting()).toBe('0')
})

async function writeAtOnce(): Promise<number[]> {
  const clients = await Promise.all(Array.from({ length: WRITERS }, () => log.psql()))
  const byHand = await log.psql()
  let isWriting = true
  const writers = Promise.all(clients.map(write)).finally(() => {
    isWriting = false
  })
  const inserted: number[] = []
  while (isWriting) inserted.push(...(await insert(byHand, 'by_hand', 2)))
  return [...(await writers).flat(), ...inserted].sort((a, b) => a - b)
}

/** Transactions of one to three statements of one to four rows; a tenth of them is rolled back. */
async function write(client: pg.Client): Promise<number[]> {
  const committed: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const ids: number[] = []
    await client.query('BEGIN')
    for (let left = random(3); left >= 0; left--) {
      ids.push(...(await insert(client, 'written', 1 + random(4))))
      await client.query('SELECT pg_sleep($1)', [random(4) / 1_000])
    }
    const isKept = random(10) > 0
    await client.query(isKept ? 'COMMIT' : 'ROLLBACK')
    if (isKept) committed.push(...ids)
  }
  return committed
}

async function insert(client: pg.Client, type: string, count: number): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    'INSERT INTO events (type) SELECT $1 FROM generate_series(1, $2::int) RETURNING id',
    [type, count],
  )
  return rows.map((row) => row.id)
}

async function isBlocked(client: pg.Client): Promise<boolean> {
  const { processID } = client as pg.Client & { processID: number }
  const [row] = await log.query<{ blocked: boolean }>(
    'SELECT cardinality(pg_blocking_pids($1)) > 0 AS blocked',
    [processID],
  )
  return row?.blocked ?? false
}

function random(below: number): number {
  return Math.floor(Math.random() * below)
}
