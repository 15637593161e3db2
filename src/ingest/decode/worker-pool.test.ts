import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { until, within } from '../../../test/support/deadline'
import { type AppError, Unavailable } from '../../errors/app-error'
import { WorkerPool, type WorkerPoolOptions } from './worker-pool'

const folder = mkdtempSync(join(tmpdir(), 'muster-pool-'))
const file = join(folder, 'worker.mjs')
writeFileSync(
  file,
  `import { parentPort, threadId, workerData } from 'node:worker_threads'
   const works = {
     add: ({ numbers }) => numbers.reduce((sum, one) => sum + one, workerData),
     thread: () => threadId,
     spin: () => { for (;;); },
     throw: () => { throw new Error('no good') },
     exit: () => process.exit(3),
     hoard: () => { const all = []; for (;;) all.push({ more: all.length, and: [all.length] }) },
   }
   parentPort.on('message', (task) => parentPort.postMessage(works[task.work](task)))`,
)

const pools: WorkerPool<object, number>[] = []
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close()
})
afterAll(() => rmSync(folder, { recursive: true }))

function open(options: Partial<WorkerPoolOptions> = {}): WorkerPool<object, number> {
  const pool = new WorkerPool<object, number>({
    file,
    workerData: 100,
    maxWorkers: 1,
    maxWaitingTasks: 10,
    maxWaitingBytes: 1_000,
    taskMs: 60_000,
    heapMegabytes: 64,
    idleMs: 60_000,
    ...options,
  })
  pools.push(pool)
  return pool
}

const run = (pool: WorkerPool<object, number>, task: object, bytes = 1) =>
  within('the pool answers', pool.run(task, bytes, []))

test('tasks are answered one after the other by the same thread', async () => {
  const pool = open()
  expect(pool.size).toBe(0)
  const sums = [1, 2, 3].map((n) => run(pool, { work: 'add', numbers: [n] }))
  expect(await Promise.all(sums)).toEqual([101, 102, 103])
  const threads = await Promise.all([1, 2].map(() => run(pool, { work: 'thread' })))
  expect(new Set(threads).size).toBe(1)
  expect(pool.size).toBe(1)
})

test.each([
  ['takes too long', 'spin', { taskMs: 1_500 }, 413, 'takes too long'],
  ['takes too much memory', 'hoard', {}, 413, 'too much memory'],
  ['throws', 'throw', {}, undefined, 'no good'],
  ['ends its thread', 'exit', {}, undefined, 'ended in the middle'],
])('a task that %s fails alone, and the pool goes on', async (_, work, options, status, words) => {
  const pool = open(options)
  const bad = run(pool, { work })
  const waiting = run(pool, { work: 'add', numbers: [] })
  await expect(bad).rejects.toThrow(words)
  expect(await bad.catch((error) => error.status)).toBe(status)
  expect(await waiting).toBe(100)
  expect(await run(pool, { work: 'add', numbers: [1] })).toBe(101)
  expect(pool.size).toBe(1)
})

test('the time of a task runs from its begin, not from when it began to wait', async () => {
  const pool = open({ taskMs: 1_500 })
  const spinning = [1, 2].map(() => run(pool, { work: 'spin' }))
  const last = run(pool, { work: 'add', numbers: [] })
  for (const one of spinning) await expect(one).rejects.toMatchObject({ status: 413 })
  expect(await last).toBe(100)
})

test('what waits is bounded in number and in bytes', async () => {
  const few = open({ taskMs: 1_500, maxWaitingTasks: 2 })
  const spinning = run(few, { work: 'spin' })
  const waiting = [1, 2].map(() => run(few, { work: 'add', numbers: [] }))
  await expect(run(few, { work: 'thread' })).rejects.toBeInstanceOf(Unavailable)
  await expect(spinning).rejects.toMatchObject({ status: 413 })
  expect(await Promise.all(waiting)).toEqual([100, 100])

  const small = open({ taskMs: 1_500 })
  const busy = run(small, { work: 'spin' })
  const large = run(small, { work: 'add', numbers: [] }, 900)
  await expect(run(small, { work: 'thread' }, 200)).rejects.toBeInstanceOf(Unavailable)
  const fits = run(small, { work: 'add', numbers: [1] }, 100)
  await expect(busy).rejects.toMatchObject({ status: 413 })
  expect(await Promise.all([large, fits])).toEqual([100, 101])
  expect(await run(small, { work: 'add', numbers: [] }, 900)).toBe(100)
})

test('senders take turns, and one that sends too much keeps no other from being heard', async () => {
  const pool = open({ taskMs: 2_000, maxWaitingTasks: 4 })
  const done: string[] = []
  const send = (sender: string, name: string, work = 'add') =>
    within('the pool answers', pool.run({ work, numbers: [] }, 1, [], sender)).then(
      () => done.push(name),
      (error: AppError) => done.push(`${name}: ${error.status}`),
    )
  const busy = send('many', 'many 0', 'spin')
  const sent = [1, 2, 3, 4].map((n) => send('many', `many ${n}`))
  sent.push(send('many', 'many 5'), send('few', 'few 1'), send('few', 'few 2'))
  await Promise.all([busy, ...sent])
  expect(done).toEqual([
    'many 5: 503',
    'many 4: 503',
    'many 3: 503',
    'many 0: 413',
    'many 1',
    'few 1',
    'many 2',
    'few 2',
  ])
})

test('one sender’s tasks leave a thread to the others', async () => {
  const pool = open({ maxWorkers: 2 })
  const ended: unknown[] = []
  const costly = [1, 2, 3].map(() => pool.run({ work: 'spin' }, 1, [], 'costly'))
  for (const task of costly) task.catch((error: unknown) => ended.push(error))
  for (const n of [1, 2]) {
    const sum = pool.run({ work: 'add', numbers: [n] }, 1, [], 'ordinary')
    expect(await within('the other sender is answered', sum)).toBe(100 + n)
  }
  expect(ended).toEqual([])
  expect(pool.size).toBe(2)
})

test('a thread without work is ended, and the next task has another', async () => {
  const pool = open({ idleMs: 100 })
  const first = await run(pool, { work: 'thread' })
  await until('the thread is gone', () => pool.size === 0)
  expect(await run(pool, { work: 'thread' })).not.toBe(first)
})

test('closing ends what is under way', async () => {
  const pool = open()
  const tasks = ['spin', 'add'].map((work) => run(pool, { work, numbers: [] }))
  for (const task of tasks) task.catch(() => undefined)
  await within('the pool closes', pool.close())
  for (const task of tasks) await expect(task).rejects.toBeInstanceOf(Unavailable)
  await expect(run(pool, { work: 'thread' })).rejects.toBeInstanceOf(Unavailable)
  await until('no thread is left', () => pool.size === 0)
})
