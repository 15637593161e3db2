import { expect, test } from 'vitest'
import { parseStoredData } from './stored-data'

const nested = (depth: number, inner = '') =>
  `{"a":${'['.repeat(depth)}${inner}${']'.repeat(depth)}}`

test('data is what was stored', () => {
  const text = JSON.stringify({ text: `"[[[{\\ ${'['.repeat(9_000)}`, list: [1, { a: null }] })
  expect(parseStoredData(text)).toEqual(JSON.parse(text))
  expect(parseStoredData(nested(900, `"${'x'.repeat(9_000)}"`))).not.toHaveProperty('unreadable')
})

test('what is nested too deep to be written out again is replaced, and says so', () => {
  for (const depth of [2_500, 50_000]) {
    const data = parseStoredData(nested(depth))
    expect(JSON.stringify(data)).toMatch(/^\{"unreadable":"It is nested more than 1000/)
  }
})
