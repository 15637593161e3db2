import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestLog, type TestLog } from '../../test/support/log'
import { connectDatabase } from '../db/connect'
import { resolveCursor } from './cursor'
import { readBounds } from './history'
import { Ring } from './ring'

let log: TestLog
let ids: number[]

beforeAll(async () => {
  log = await createTestLog()
  ids = await log.insert('test', 5)
})

afterAll(() => log.end())

test.each([null, undefined])('no cursor (%j) is the tail', async (text) => {
  expect(await judge(text)).toEqual({ kind: 'tail' })
})

test.each([
  '',
  'abc',
  '-1',
  '1.5',
  '1e3',
  ' 1',
  '9'.repeat(16),
  '1'.repeat(17),
  'evt_1',
  '٣',
  'NaN',
])('%j is malformed', async (text) => {
  expect(await judge(text)).toEqual({ kind: 'reset', reason: 'malformed', given: text })
})

test('of a malformed cursor, only the beginning is given back', async () => {
  expect(await judge('x'.repeat(5_000))).toMatchObject({ given: 'x'.repeat(100) })
})

test('every id that was given out goes on from there, the tail as well', async () => {
  for (const id of ids) expect(await judge(String(id))).toEqual({ kind: 'after', id })
})

test('what is in memory is judged without the database', async () => {
  const [first = 0] = ids
  const head = ids.at(-1) ?? 0
  const away = connectDatabase('postgres://127.0.0.1:1/none', { max: 1 })
  const memory = { head, ring: new Ring(first, 1_000), readBounds: () => readBounds(away) }
  expect(await resolveCursor(String(first), memory)).toEqual({ kind: 'after', id: first })
  expect(await resolveCursor(String(head), memory)).toEqual({ kind: 'after', id: head })
  await away.destroy()
})

test('a row that this process has not read yet is not ahead; one that nobody wrote is', async () => {
  const head = ids.at(-1) ?? 0
  const behind = {
    head: (ids[0] ?? 0) - 1,
    ring: new Ring((ids[0] ?? 0) - 1, 1_000),
    readBounds: () => readBounds(log.db),
  }
  expect(await resolveCursor(String(head), behind)).toEqual({ kind: 'after', id: head })
  expect(await resolveCursor(String(head + 1), behind)).toMatchObject({ reason: 'ahead' })
  expect(await judge(String(Number.MAX_SAFE_INTEGER))).toMatchObject({ reason: 'ahead' })
})

test('an id of another database, from before this one was made, is expired', async () => {
  expect(await judge('1000')).toMatchObject({ kind: 'reset', reason: 'expired' })
})

test('an empty log has a tail and a beginning, which are the same', async () => {
  const empty = await createTestLog()
  try {
    const { head, trimmedThrough } = await readBounds(empty.db)
    const at = { head, ring: new Ring(head, 1_000), readBounds: () => readBounds(empty.db) }
    expect(head).toBe(trimmedThrough)
    expect(await resolveCursor(String(head), at)).toEqual({ kind: 'after', id: head })
    expect(await resolveCursor('0', at)).toEqual({ kind: 'after', id: head })
    expect(await resolveCursor(String(head + 1), at)).toMatchObject({ reason: 'ahead' })
  } finally {
    await empty.end()
  }
})

test('0 is before the first row while all rows are kept, and expired afterwards', async () => {
  const { trimmedThrough } = await readBounds(log.db)
  expect(await judge('0')).toEqual({ kind: 'after', id: trimmedThrough })
  await trim(ids[1])
  expect(await judge('0')).toEqual({ kind: 'reset', reason: 'expired', given: '0' })
})

test('then a cursor before what is kept is expired, the last removed row is not', async () => {
  await trim(ids[1])
  expect(await judge(String(ids[0]))).toMatchObject({ kind: 'reset', reason: 'expired' })
  expect(await judge(String(ids[1]))).toEqual({ kind: 'after', id: ids[1] })
})

/** By a process that has just started, and has nothing in memory. */
async function judge(text: string | null | undefined) {
  const { head } = await readBounds(log.db)
  return resolveCursor(text, {
    head,
    ring: new Ring(head, 1_000),
    readBounds: () => readBounds(log.db),
  })
}

async function trim(through: number | undefined): Promise<void> {
  await log.query('DELETE FROM events WHERE id <= $1', [through])
  await log.query('UPDATE log_floor SET trimmed_through = $1', [through])
}
