import { expect, it } from 'vitest'
import { Turns } from './turns'

it('at most so many work at once, in the order they came, and faults give their turn back', async () => {
  const turns = new Turns(2)
  let atWork = 0
  let most = 0
  const begun: number[] = []
  const work = (number: number) =>
    turns.take(async () => {
      begun.push(number)
      most = Math.max(most, ++atWork)
      await new Promise(setImmediate)
      atWork--
      if (number % 3 === 0) throw new Error('a fault')
      return number
    })
  const outcomes = await Promise.allSettled([1, 2, 3, 4, 5, 6, 7].map(work))
  expect(most).toBe(2)
  expect(begun).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(2)
})
