import { expect, test } from 'vitest'
import { backoffMs, pollMs } from './backoff'

test('the first try is due within 1.3 s, then each later one twice as late, up to 30 s', () => {
  const middle = [0, 1, 2, 3, 4, 5, 6, 60].map((failures) => backoffMs(failures, () => 0.5))
  expect(middle).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
  expect([0, 1].map((chance) => Math.round(backoffMs(0, () => chance)))).toEqual([700, 1_300])
  expect([0, 1].map((chance) => Math.round(backoffMs(9, () => chance)))).toEqual([21_000, 39_000])
})

test('two polls are four to five seconds apart', () => {
  expect([pollMs(() => 0), pollMs(() => 1)]).toEqual([5_000, 4_000])
})
