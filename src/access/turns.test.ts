import { expect, test } from 'vitest'
import { Turns } from './turns'

test('a few work at once, a few wait for them in their order, and more are refused', async () => {
  const turns = new Turns({ atOnce: 2, waiting: 2 })
  const begun: number[] = []
  const ends: (() => void)[] = []
  const work = (n: number) => () => {
    begun.push(n)
    return new Promise<number>((resolve) => ends.push(() => resolve(n)))
  }
  const taken = [1, 2, 3, 4, 5].map((n) => turns.take(work(n)))
  expect(await taken[4]).toBeNull()
  expect(begun).toEqual([1, 2])
  ends[1]?.()
  expect(await taken[1]).toEqual({ done: 2 })
  expect(begun).toEqual([1, 2, 3])
  ends[0]?.()
  ends[2]?.()
  expect(await Promise.all([taken[0], taken[2]])).toEqual([{ done: 1 }, { done: 3 }])
  ends[3]?.()
  expect(await taken[3]).toEqual({ done: 4 })
})

test('work that fails gives its place back', async () => {
  const turns = new Turns({ atOnce: 1, waiting: 1 })
  const fails = turns.take(() => Promise.reject(new Error('broken')))
  const next = turns.take(async () => 'done')
  await expect(fails).rejects.toThrow('broken')
  expect(await next).toEqual({ done: 'done' })
  expect(await turns.take(async () => 'again')).toEqual({ done: 'again' })
})

test('who shares a network takes no more than its share of the places', async () => {
  const turns = new Turns({ atOnce: 1, waiting: 4, each: 2 })
  const ends: (() => void)[] = []
  const work = () => new Promise<string>((resolve) => ends.push(() => resolve('done')))
  const theirs = [1, 2, 3].map(() => turns.take(work, 'a'))
  const others = [turns.take(work, 'b'), turns.take(work), turns.take(work), turns.take(work)]
  expect(await theirs[2]).toBeNull()
  expect(await others[3]).toBeNull()
  for (const taken of [theirs[0], theirs[1], ...others.slice(0, 3)]) {
    await expect.poll(() => ends.length).toBe(1)
    ends.shift()?.()
    expect(await taken).toEqual({ done: 'done' })
  }
  const again = turns.take(work, 'a')
  await expect.poll(() => ends.length).toBe(1)
  ends.shift()?.()
  expect(await again).toEqual({ done: 'done' })
})
