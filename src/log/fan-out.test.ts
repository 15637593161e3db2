import { expect, test } from 'vitest'
import { makeRow as row } from '../../test/support/event-rows'
import { createFanOut } from './fan-out'

test('a consumer that throws costs the others nothing, is told of, and can recover', () => {
  const fault = new Error('a mistake of ours')
  const done: unknown[] = []
  const give = createFanOut(
    [
      { take: (rows) => done.push(['first', rows]), recover: () => done.push('no reason') },
      {
        take: () => {
          throw fault
        },
        recover: (through) => done.push(['recovers', through]),
      },
      {
        take: () => {
          throw fault
        },
      },
      { take: (rows) => done.push(['last', rows]) },
    ],
    (error, rows) => done.push([error, rows]),
  )
  const rows = [row(7), row(9)]
  give(rows)
  expect(done).toEqual([
    ['first', rows],
    [fault, rows],
    ['recovers', 9],
    [fault, rows],
    ['last', rows],
  ])
})
