import { expect, test } from 'vitest'
import { until, within } from '../../test/support/deadline'
import { until as untilSo } from '../../test/support/wait'

test('what does not come about in time is a failure with its name, in every wait of the tests', async () => {
  const never = new Promise<never>(() => undefined)
  const waits = [
    until('the pear falls', () => false, 1),
    until('the pear falls', () => undefined, 1),
    untilSo('the pear falls', () => false, 1),
    within('the pear falls', never, 1),
  ]
  await Promise.all(waits.map((wait) => expect(wait).rejects.toThrow('the pear falls')))
})

test('what a wait finds out, it gives; what goes wrong meanwhile is a failure at once', async () => {
  expect(await until('a number', () => 0)).toBe(0)
  expect(await within('a number', Promise.resolve(0))).toBe(0)
  const fail = () => {
    throw new Error('a worm')
  }
  await expect(until('the pear falls', fail)).rejects.toThrow('a worm')
  await expect(untilSo('the pear falls', fail)).rejects.toThrow('a worm')
})
