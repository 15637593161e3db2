import { expect, test } from 'vitest'
import { until, within } from '../../test/support/deadline'
import { Unavailable } from '../errors/app-error'
import { GroupCommit, type GroupCommitOptions } from './group-commit'

type Outcomes = (string | Error)[]

/** Commits that end when the test says so. */
class Gate {
  readonly groups: string[][] = []
  private readonly ends: ((outcomes: Outcomes | Error) => void)[] = []

  commit = (jobs: string[]): Promise<Outcomes> => {
    this.groups.push(jobs)
    return new Promise((resolve, reject) => {
      this.ends.push((outcomes) =>
        outcomes instanceof Error ? reject(outcomes) : resolve(outcomes),
      )
    })
  }

  /** Waits for the next group and ends it; without outcomes, each job is told its own name. */
  async end(outcomes?: Outcomes | Error): Promise<string[]> {
    const end = await until('a group is being committed', () => this.ends.shift())
    const group = this.groups.at(-1) ?? []
    end(outcomes ?? group)
    return group
  }
}

function create(bounds: Partial<GroupCommitOptions<string, string>> = {}) {
  const gate = new Gate()
  const group = new GroupCommit<string, string>({
    commit: gate.commit,
    maxWaitingJobs: 100,
    maxWaitingBytes: 1_000,
    maxGroupJobs: 10,
    maxGroupBytes: 100,
    ...bounds,
  })
  return { gate, group }
}

test('a job that comes alone starts at once, and is settled after its commit', async () => {
  const { gate, group } = create()
  let settled = false
  const job = group.submit('a', 1).finally(() => {
    settled = true
  })
  await until('it is being committed', () => gate.groups.length === 1)
  expect(settled).toBe(false)
  await gate.end()
  expect(await job).toBe('a')
})

test('jobs that arrive during a commit share the next one, in their order', async () => {
  const sizes: number[] = []
  const { gate, group } = create({ onGroup: (jobs) => sizes.push(jobs) })
  const first = group.submit('a', 1)
  await until('the first is being committed', () => gate.groups.length === 1)
  const others = ['b', 'c', 'd'].map((job) => group.submit(job, 1))
  await gate.end()
  expect(await first).toBe('a')
  expect(await gate.end()).toEqual(['b', 'c', 'd'])
  expect(await Promise.all(others)).toEqual(['b', 'c', 'd'])
  expect(sizes).toEqual([1, 3])
})

test('a group has at most so many jobs and bytes; a job that is larger goes alone', async () => {
  const { gate, group } = create({ maxGroupJobs: 3 })
  const sizes = [1, 1, 1, 1, 60, 60, 500, 1]
  const jobs = sizes.map((size, index) => group.submit(`${index}`, size))
  const groups: string[][] = []
  while (groups.flat().length < sizes.length) groups.push(await gate.end())
  await Promise.all(jobs)
  expect(groups).toEqual([['0', '1', '2'], ['3', '4'], ['5'], ['6'], ['7']])
})

test('too many waiting jobs, or too many bytes, are refused at once and for a while only', async () => {
  const { gate, group } = create({ maxWaitingJobs: 2, maxWaitingBytes: 100, maxGroupBytes: 1_000 })
  const first = group.submit('a', 1)
  await until('it is being committed', () => gate.groups.length === 1)
  // Larger than what may wait: taken as the only one, or it could never be stored.
  const large = group.submit('large', 500)
  await expect(group.submit('refused', 1)).rejects.toThrow(Unavailable)
  await gate.end()
  await gate.end()
  await Promise.all([first, large])

  const next = group.submit('b', 1)
  await until('it is being committed', () => gate.groups.length === 3)
  const waiting = [group.submit('c', 1), group.submit('d', 1)]
  await expect(group.submit('refused', 1)).rejects.toMatchObject({ retryAfter: 1 })
  await gate.end()
  await gate.end()
  await Promise.all([next, ...waiting])
  expect(gate.groups.flat()).not.toContain('refused')
})

test('each job gets its own error, and one without an outcome is told so', async () => {
  const { gate, group } = create()
  const jobs = ['a', 'b', 'c'].map((job) => group.submit(job, 1))
  const settled = Promise.allSettled(jobs)
  await gate.end(['a', new Error('refused')])
  expect(await settled).toEqual([
    { status: 'fulfilled', value: 'a' },
    { status: 'rejected', reason: new Error('refused') },
    { status: 'rejected', reason: new Error('A job of the group was given no outcome') },
  ])
})

test('what a commit throws concerns all of its jobs, and none of the next', async () => {
  const { gate, group } = create()
  const jobs = Promise.allSettled([group.submit('a', 1), group.submit('b', 1)])
  await gate.end(new Error('away'))
  expect((await jobs).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  const next = group.submit('c', 1)
  await gate.end()
  expect(await next).toBe('c')
})

test('a commit that throws at once is an error like any other', async () => {
  const { group } = create({
    commit: () => {
      throw new Error('broken')
    },
  })
  await expect(within('it is settled', group.submit('a', 1))).rejects.toThrow('broken')
})

test('close settles what was taken and takes nothing more', async () => {
  const { gate, group } = create({ maxGroupJobs: 1 })
  const jobs = [group.submit('a', 1), group.submit('b', 1)]
  let isClosed = false
  const closing = group.close().then(() => {
    isClosed = true
  })
  await expect(group.submit('late', 1)).rejects.toThrow(Unavailable)
  await gate.end()
  await jobs[0]
  expect(isClosed).toBe(false)
  await gate.end()
  expect(await Promise.all(jobs)).toEqual(['a', 'b'])
  await within('it closes', closing)
  await within('a second close', group.close())
})
