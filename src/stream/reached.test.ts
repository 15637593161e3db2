import { expect, test } from 'vitest'
import { Reached } from './reached'

test('whoever waits goes on when the row is reached, and no earlier', async () => {
  let cursor = 5
  const reached = new Reached(() => cursor)
  const order: number[] = []
  const waiting = [7, 6, 5].map((row) => reached.wait(row, 60_000).then(() => void order.push(row)))
  await waiting[2]
  expect(order).toEqual([5])
  cursor = 6
  reached.tell()
  await waiting[1]
  expect(order).toEqual([5, 6])
  cursor = 9
  reached.tell()
  await Promise.all(waiting)
})

test('nobody waits for ever', async () => {
  const reached = new Reached(() => 0)
  await reached.wait(1, 5)
  reached.tell()
})
