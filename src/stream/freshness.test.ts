import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Freshness } from './freshness'

it('knows for how long there has been more than what is shown', () => {
  let now = 1_000
  const freshness = new Freshness(() => now)
  freshness.note(10)
  now = 1_500
  freshness.note(20)
  now = 2_000
  expect([9, 10, 19, 20].map((id) => freshness.behindMs(id))).toEqual([1_000, 500, 500, 0])
  freshness.forget(10)
  expect([10, 20].map((id) => freshness.behindMs(id))).toEqual([500, 0])
})

it('is behind while nothing can be read, whatever is known', () => {
  let now = 1_000
  const freshness = new Freshness(() => now)
  freshness.setAvailable(false)
  now = 4_000
  freshness.setAvailable(false)
  freshness.note(10)
  now = 5_000
  expect([9, 10].map((id) => freshness.behindMs(id))).toEqual([4_000, 4_000])
  freshness.setAvailable(true)
  expect([9, 10].map((id) => freshness.behindMs(id))).toEqual([1_000, 0])
})

it('remembers the newest row that was acknowledged, in whatever order commits are told', () => {
  const freshness = new Freshness()
  for (const id of [5, 9, 7]) freshness.acknowledge(id)
  freshness.note(100)
  expect(freshness.acknowledged).toBe(9)
})

it('never takes old for new, within the time of one entry, however many rows there are', () => {
  const steps = fc.array(fc.record({ ms: fc.nat(200), rows: fc.integer({ min: 1, max: 5 }) }), {
    minLength: 600,
    maxLength: 900,
  })
  fc.assert(
    fc.property(steps, fc.nat(4_000), (rows, shown) => {
      let [now, id] = [0, 0]
      const freshness = new Freshness(() => now)
      let since: number | null = null
      for (const { ms, rows: count } of rows) {
        now += ms
        id += count
        if (id > shown) since ??= now
        freshness.note(id)
      }
      if (since === null) expect(freshness.since(shown)).toBeNull()
      else expect(freshness.since(shown)).toBeLessThanOrEqual(since)
    }),
  )
})
