import { afterEach, beforeEach, expect, test } from 'vitest'
import { CORPUS } from '../../test/support/attack-corpus'
import { until } from '../../test/support/deadline'
import { createTestLog, type TestLog } from '../../test/support/log'
import { indexPage, SearchIndex, type SearchIndexOptions } from './search-index'

let log: TestLog
const indexes: SearchIndex[] = []

beforeEach(async () => {
  log = await createTestLog()
})
afterEach(async () => {
  await Promise.all(indexes.splice(0).map((index) => index.stop()))
  await log.end()
})

const start = (options: Partial<SearchIndexOptions> = {}) => {
  const errors: unknown[] = []
  const onError = (error: unknown) => void errors.push(error)
  const index = new SearchIndex({ db: log.db, pauseMs: 10, onError, ...options })
  indexes.push(index)
  return { index, errors }
}
const indexed = async () => {
  const rows = await log.query<{ event_id: number }>(
    'SELECT event_id FROM event_search ORDER BY event_id',
  )
  return rows.map(({ event_id }) => event_id)
}

test('what was there before, what comes, and what nobody told of is indexed, in small pages', async () => {
  const ids = await log.insert('before', 25)
  const { index } = start({ pageRows: 10, safetyMs: 100 })
  await until('the old rows are indexed', async () => (await indexed()).length === 25)
  ids.push(...(await log.insert('woken', 11)))
  index.notify()
  await until('the new rows are indexed', async () => (await indexed()).length === 36)
  ids.push(...(await log.insert('unnoticed')))
  await until('the unnoticed row is indexed', async () => (await indexed()).length === 37)
  expect(await indexed()).toEqual(ids)
})

test('a steady stream of rows does not put it off', async () => {
  const { index } = start({ pauseMs: 50, safetyMs: 60_000 })
  await log.insert('steady')
  const timer = setInterval(() => index.notify(), 5)
  await until('the row is indexed', async () => (await indexed()).length === 1)
  clearInterval(timer)
})

test('several processes index each row once, and only one at a time', async () => {
  const ids = await log.insert('shared', 500)
  const busy = await log.psql()
  await busy.query('BEGIN')
  await busy.query(`SELECT pg_advisory_xact_lock(hashtext('muster.search'))`)
  expect(await indexPage(log.db, 10)).toBe(0)
  await busy.query('COMMIT')
  const both = [start({ pageRows: 7, safetyMs: 20 }), start({ pageRows: 7, safetyMs: 20 })]
  await until('all are indexed', async () => (await indexed()).length === 500)
  expect(await indexed()).toEqual(ids)
  expect(both.flatMap(({ errors }) => errors)).toEqual([])
})

test('rows of a transaction that is under way are not passed over', async () => {
  const client = await log.psql()
  await client.query('BEGIN')
  await client.query(`INSERT INTO events (type) VALUES ('slow')`)
  const after = log.insert('fast')
  expect(await indexPage(log.db, 10)).toBe(0)
  await client.query('COMMIT')
  await after
  expect(await indexPage(log.db, 10)).toBe(2)
})

test('a fault is told, and it goes on when it is over', async () => {
  await log.query('ALTER TABLE event_search RENAME TO elsewhere')
  const { errors } = start({ safetyMs: 20 })
  await log.insert('late')
  await until('the fault is told', () => errors.length > 0)
  await log.query('ALTER TABLE elsewhere RENAME TO event_search')
  await until('the row is indexed', async () => (await indexed()).length === 1)
})

test('whatever a row holds, it is indexed and holds up nothing after it', async () => {
  const texts = [
    ...CORPUS,
    'x'.repeat(50_000),
    'ü '.repeat(30_000),
    '/a'.repeat(20_000),
    '{"'.repeat(9),
  ]
  // PostgreSQL takes no NUL, and a lone surrogate is no UTF-8.
  for (const text of texts.filter((each) => !/[\0\p{Cs}]/u.test(each))) {
    await log.query(
      `INSERT INTO events (type, summary, data)
       VALUES ('hostile', $1::text, jsonb_build_object($1::text, jsonb_build_array($1::text, 1, null, true)))`,
      [text],
    )
  }
  await log.insert('last')
  const { errors } = start({ pageRows: 5 })
  await until('the last row is indexed', async () => {
    const [place] = await log.query<{ isThere: boolean }>(
      `SELECT indexed_through = (SELECT max(id) FROM events) AS "isThere" FROM event_search_position`,
    )
    return place?.isThere
  })
  expect(errors).toEqual([])
})

test('after it was stopped nothing is written', async () => {
  const { index } = start({ safetyMs: 5 })
  await index.stop()
  index.notify()
  await log.insert('unseen')
  expect(await indexed()).toEqual([])
})
