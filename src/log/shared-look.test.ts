import { expect, it } from 'vitest'
import { SharedQuery } from './shared-look'

/** Looks that end when the test says so. */
function start(pauses = { crowdMs: 0, patientMs: 0 }) {
  const ends: { resolve(value: number): void; reject(error: Error): void }[] = []
  const shared = new SharedQuery(
    () => new Promise<number>((resolve, reject) => ends.push({ resolve, reject })),
    pauses,
  )
  return { shared, ends, settle: () => new Promise(setImmediate) }
}

it('is one for all who come before it begins, and another for who comes later', async () => {
  const { shared, ends, settle } = start()
  const first = [shared.read(), shared.read()]
  await settle()
  const second = Array.from({ length: 1_000 }, () => shared.read())
  ends[0]?.resolve(1)
  expect(await Promise.all(first)).toEqual([1, 1])
  await settle()
  expect(ends).toHaveLength(2)
  ends[1]?.resolve(2)
  expect(new Set(await Promise.all(second))).toEqual(new Set([2]))
  expect(shared.count).toBe(2)
})

it('that fails does so for those who shared it, and for nobody else', async () => {
  const { shared, ends, settle } = start()
  const first = shared.read()
  await settle()
  const second = shared.read()
  ends[0]?.reject(new Error('away'))
  await expect(first).rejects.toThrow('away')
  await settle()
  ends[1]?.resolve(2)
  expect(await second).toBe(2)
})

it('is made seldom while a crowd asks, and at once for who comes alone', async () => {
  const shared = new SharedQuery(async () => 0, { crowdMs: 300, patientMs: 0 })
  const begun = performance.now()
  for (let round = 0; round < 20; round++) await Promise.all([shared.read(), shared.read()])
  expect(shared.count).toBe(20)
  expect(performance.now() - begun).toBeLessThan(300)
  await Promise.all(Array.from({ length: 10 }, () => shared.read()))
  await shared.read()
  await shared.read()
  expect(shared.count).toBe(23)
  // Each of both pauses; a timer may be a millisecond early.
  expect(performance.now() - begun).toBeGreaterThanOrEqual(597)
})

it('is made seldom for those who may wait, however they come, and at once for who may not', async () => {
  const shared = new SharedQuery(async () => 0, { crowdMs: 0, patientMs: 300 })
  const begun = performance.now()
  await shared.readPatiently()
  expect(performance.now() - begun).toBeLessThan(300)
  for (let n = 0; n < 10; n++) await shared.read()
  expect(performance.now() - begun).toBeLessThan(300)
  const trickle: Promise<number>[] = []
  const next = shared.readPatiently()
  let isMade = false
  void next.then(() => {
    isMade = true
  })
  while (!isMade) {
    trickle.push(shared.readPatiently())
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await Promise.all(trickle)
  expect(trickle.length).toBeGreaterThan(1)
  expect(performance.now() - begun).toBeGreaterThanOrEqual(299)
  expect(shared.count).toBeLessThanOrEqual(13)
  const patient = shared.readPatiently()
  const asked = performance.now()
  await Promise.all([shared.read(), patient])
  expect(performance.now() - asked).toBeLessThan(200)
})
