import { expect, test } from 'vitest'
import { jsonBatches } from './json-batches'

test('rows keep their order in batches that are bounded in number and in length', async () => {
  const rows = Array.from({ length: 1_234 }, (_, n) => ({
    n,
    text: n % 100 === 0 ? 'x'.repeat(60_000) : '',
  }))
  const batches = await jsonBatches(rows, (row) => row)
  expect(batches.flatMap((batch) => batch.rows)).toEqual(rows)
  expect(batches.flatMap(({ texts }) => texts.map((text) => JSON.parse(text)))).toEqual(rows)
  for (const { texts } of batches) {
    expect(texts.length).toBeLessThanOrEqual(500)
    expect(texts.join('').length).toBeLessThanOrEqual(256 * 1024)
  }
  expect(await jsonBatches([], (row) => row)).toEqual([])
})

test('a row that is too long for any batch has one of its own', async () => {
  const batches = await jsonBatches(['a', 'x'.repeat(300_000), 'b'], (row) => row)
  expect(batches.map(({ rows }) => rows.map((row) => row[0]))).toEqual([['a'], ['x'], ['b']])
})

test('others have their turn while much is put together', async () => {
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  const rows = Array.from({ length: 200 }, () => ({ text: 'some text'.repeat(20_000) }))
  await jsonBatches(rows, (row) => row)
  clearInterval(timer)
  expect(turns).toBeGreaterThan(1)
})
