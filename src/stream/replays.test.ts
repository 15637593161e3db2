import { expect, it } from 'vitest'
import { makeRow } from '../../test/support/event-rows'
import { ALL_EVENTS } from '../filter/select'
import type { LogSource } from './log-source'
import { REPLAYS_AT_ONCE, Replays } from './replays'

/** A database whose reads end when the test says so. */
function start() {
  const reads: { cursor: number; end: () => void; fail: () => void }[] = []
  const source: LogSource = {
    head: 100,
    recentAfter: () => null,
    storedAfter: (cursor) =>
      new Promise((resolve, reject) => {
        const end = () => resolve({ rows: [makeRow(cursor + 1)], trimmedThrough: 0 })
        reads.push({ cursor, end, fail: () => reject(new Error('away')) })
      }),
  }
  const replays = new Replays(source)
  const ask = (cursor: number, { isWanted = (): boolean => true } = {}) =>
    replays.read({ visitor: 'ada', cursor, limit: 64, filter: ALL_EVENTS, isWanted })
  return { reads, ask, settle: () => new Promise(setImmediate) }
}

it('equal pages are read once for all who want them while they wait or are read', async () => {
  const { reads, ask, settle } = start()
  const pages = Array.from({ length: 1_000 }, (_, n) => ask(n % 10))
  for (let n = 0; n < 10; n++) {
    await settle()
    expect(reads.length).toBeLessThanOrEqual(n + REPLAYS_AT_ONCE)
    reads[n]?.end()
  }
  const found = await Promise.all(pages)
  expect(reads).toHaveLength(10)
  expect(found.map((page) => page?.rows[0]?.id)).toEqual(
    Array.from({ length: 1_000 }, (_, n) => (n % 10) + 1),
  )
  expect(found.every((page) => page?.through === 100)).toBe(true)
  await settle()
  const later = ask(0)
  await settle()
  expect(reads).toHaveLength(11)
  reads[10]?.end()
  expect(await later).not.toBe(null)
})

it('a page is read for who still wants it, though the first to ask has gone', async () => {
  const { reads, ask, settle } = start()
  const before = [ask(1), ask(2), ask(3)]
  const gone = ask(4, { isWanted: () => false })
  const there = ask(4)
  const alone = ask(5, { isWanted: () => false })
  for (const read of [...reads]) read.end()
  await Promise.all(before)
  await settle()
  expect(reads.map(({ cursor }) => cursor)).toEqual([1, 2, 3, 4])
  reads[3]?.end()
  expect(await alone).toBe(null)
  expect(await there).toEqual(await gone)
  expect((await there)?.rows).toHaveLength(1)
})

it('a fault is told to all who shared the read, and the next one reads again', async () => {
  const { reads, ask, settle } = start()
  const shared = [ask(1), ask(1)]
  reads[0]?.fail()
  for (const page of shared) await expect(page).rejects.toThrow('away')
  await settle()
  const again = ask(1)
  reads[1]?.end()
  expect((await again)?.rows).toHaveLength(1)
})
