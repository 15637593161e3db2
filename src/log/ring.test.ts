import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeRow } from '../../test/support/event-rows'
import type { EventRow } from './event-row'
import { Ring } from './ring'

const MAX_BYTES = 20_000

/** The gaps between ids, and the sizes of rows. */
const pushes = fc.array(
  fc.record({ gap: fc.integer({ min: 1, max: 5 }), size: fc.integer({ min: 0, max: 3_000 }) }),
  { maxLength: 400 },
)

test('after any pushes it holds the newest rows within its bound, and knows where they begin', () => {
  fc.assert(
    fc.property(pushes, (steps) => {
      const ring = new Ring(100, MAX_BYTES)
      const pushed: EventRow[] = []
      for (const { gap, size } of steps) {
        const row = makeRow((pushed.at(-1)?.id ?? 100) + gap)
        pushed.push(row)
        ring.push(row, size)
        expect(ring.byteLength).toBeLessThanOrEqual(MAX_BYTES)
        // Nothing behind the floor is missing.
        const kept = pushed.filter(({ id }) => id > ring.floor)
        expect(ring.after(ring.floor, Number.POSITIVE_INFINITY)).toEqual(kept)
      }
      // No more was let go of than the bound asked for.
      if (steps.reduce((sum, { size }) => sum + size + 400, 0) <= MAX_BYTES) {
        expect(ring.floor).toBe(100)
      }
    }),
    { numRuns: 60 },
  )
})

test('every cursor, limit and question gets the answer of a plain list', () => {
  const cursors = fc.integer({ min: 95, max: 400 })
  fc.assert(
    fc.property(pushes, cursors, fc.integer({ min: 1, max: 50 }), (steps, cursor, limit) => {
      const ring = new Ring(100, MAX_BYTES)
      const pushed: EventRow[] = []
      for (const { gap, size } of steps) {
        pushed.push(makeRow((pushed.at(-1)?.id ?? 100) + gap))
        ring.push(pushed.at(-1) ?? makeRow(0), size)
      }
      const isEven = ({ id }: EventRow) => id % 2 === 0
      const behind = pushed.filter(({ id }) => id > cursor)
      const isKept = cursor >= ring.floor
      expect(ring.after(cursor, limit)).toEqual(isKept ? behind.slice(0, limit) : null)
      expect(ring.someAfter(cursor, isEven)).toEqual(isKept ? behind.some(isEven) : null)
    }),
  )
})

test('a row that is larger than the ring is let go of, and a cursor before it is refused', () => {
  const ring = new Ring(1, 1_000)
  ring.push(makeRow(2), 100)
  ring.push(makeRow(3), 5_000)
  expect(ring.floor).toBe(3)
  expect(ring.byteLength).toBe(0)
  expect(ring.after(2, 10)).toBeNull()
  expect(ring.after(3, 10)).toEqual([])
  ring.push(makeRow(4), 100)
  expect(ring.after(3, 10)).toEqual([makeRow(4)])
})
