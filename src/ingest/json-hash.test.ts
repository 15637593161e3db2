import { expect, test } from 'vitest'
import { hashJson } from './json-hash'

test('equal JSON has equal hashes, whatever the order of its keys', () => {
  expect(hashJson({ a: 1, b: [2, { c: 3, d: 4 }] })).toBe(
    hashJson({ b: [2, { d: 4, c: 3 }], a: 1 }),
  )
})

test.each([
  [['a', 'b'], ['ab']],
  [['1'], [1]],
  [{ a: null }, {}],
  [[[]], [[[]]]],
  [
    ['x', ['y']],
    [['x'], 'y'],
  ],
  [{ a: 'b' }, { ab: '' }],
])('%j and %j differ', (one, other) => {
  expect(hashJson(one)).not.toBe(hashJson(other))
})

test('depth does not overflow the stack, and nothing is left out of a large value', () => {
  const deep = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`)
  expect(hashJson(deep(10_000))).not.toBe(hashJson(deep(10_001)))
  const text = 'x'.repeat(100_000)
  expect(hashJson(`${text}a`)).not.toBe(hashJson(`${text}b`))
})
