import { Worker } from 'node:worker_threads'
import { Overloaded } from '../../log/group-commit'

/** A task took more time or memory than one may. */
export class TooCostly extends Error {}

export interface WorkerPoolOptions {
  /** The program of a worker: it answers each message with one message. */
  readonly file: string
  readonly workerData: unknown
  readonly maxWorkers: number
  readonly maxWaitingTasks: number
  readonly maxWaitingBytes: number
  /** From when a worker has begun a task; a worker that takes longer is ended. */
  readonly taskMs: number
  readonly heapMegabytes: number
  /** A worker without a task for so long is ended, and with it goes the memory that it holds. */
  readonly idleMs: number
}

interface Waiting<Answer> {
  readonly sender: string
  readonly task: unknown
  readonly bytes: number
  readonly transfer: readonly ArrayBuffer[]
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

interface Member<Answer> {
  readonly worker: Worker
  task: Waiting<Answer> | null
  timer: NodeJS.Timeout | null
  isEnding: boolean
}

/**
 * Threads for work that would hold up the event loop. They are started when they are needed; a task
 * takes its own thread down at worst, and the next one has another.
 */
export class WorkerPool<Task, Answer> {
  private readonly members = new Set<Member<Answer>>()
  /** Of each sender what waits, the sender first whose turn is next. */
  private readonly waiting = new Map<string, Waiting<Answer>[]>()
  private closed = false

  constructor(private readonly options: WorkerPoolOptions) {}

  /** How many threads there are now. */
  get size(): number {
    return this.members.size
  }

  /**
   * Resolves with the worker's answer. `transfer` moves to the worker with the task. Senders take
   * turns, and where too much waits it is what came last of the one that has most waiting that is
   * rejected, with Overloaded. Rejects with TooCostly where the task took too long or too much memory,
   * and with what the worker threw, which ends it.
   */
  run(task: Task, bytes: number, transfer: readonly ArrayBuffer[], sender = ''): Promise<Answer> {
    if (this.closed) return Promise.reject(new Overloaded('Muster is stopping'))
    return new Promise((resolve, reject) => {
      const tasks = this.waiting.get(sender) ?? []
      this.waiting.set(sender, tasks)
      tasks.push({ sender, task, bytes, transfer, resolve, reject })
      this.dropExcess()
      this.assign()
    })
  }

  /** Ends all threads; what was under way is rejected with Overloaded. */
  async close(): Promise<void> {
    this.closed = true
    const tasks = [...this.allWaiting(), ...[...this.members].map(({ task }) => task)]
    this.waiting.clear()
    for (const task of tasks) task?.reject(new Overloaded('Muster is stopping'))
    await Promise.all([...this.members].map(({ worker }) => worker.terminate()))
  }

  private allWaiting(): Waiting<Answer>[] {
    return [...this.waiting.values()].flat()
  }

  /** How much of all that may wait this is: 1 is all of it. */
  private shareOf(tasks: readonly Waiting<Answer>[]): number {
    const { maxWaitingTasks, maxWaitingBytes } = this.options
    const bytes = tasks.reduce((sum, task) => sum + task.bytes, 0)
    return Math.max(tasks.length / maxWaitingTasks, bytes / maxWaitingBytes)
  }

  private dropExcess(): void {
    // A single one may be as large as it likes.
    for (let all = this.allWaiting(); all.length > 1 && this.shareOf(all) > 1; ) {
      const [most] = [...this.waiting].sort(([, a], [, b]) => this.shareOf(b) - this.shareOf(a))
      const last = most?.[1].pop()
      if (!most || !last) return
      if (most[1].length === 0) this.waiting.delete(most[0])
      last.reject(new Overloaded('Too many large bodies are waiting to be read'))
      all = this.allWaiting()
    }
  }

  /** The first of the sender whose turn it is; it is the last one to have the next turn. */
  private takeNext(): Waiting<Answer> | null {
    for (const [sender, tasks] of this.waiting) {
      const next = tasks.shift()
      this.waiting.delete(sender)
      if (tasks.length > 0) this.waiting.set(sender, tasks)
      if (next) return next
    }
    return null
  }

  private assign(): void {
    while (this.waiting.size > 0 && !this.closed) {
      const free = [...this.members].find(({ task, isEnding }) => task === null && !isEnding)
      if (!free && this.members.size >= this.options.maxWorkers) return
      const next = this.takeNext()
      if (!next) return
      this.begin(free ?? this.start(), next)
    }
  }

  private begin(member: Member<Answer>, task: Waiting<Answer>): void {
    if (member.timer) clearTimeout(member.timer)
    member.task = task
    member.timer = setTimeout(() => this.stop(member, tooLong()), this.options.taskMs)
    member.timer.unref()
    member.worker.postMessage(task.task, [...task.transfer])
  }

  private start(): Member<Answer> {
    const { file, workerData, heapMegabytes } = this.options
    const worker = new Worker(file, {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
      // What the process itself was started with is not for a thread.
      execArgv: [],
    })
    const member: Member<Answer> = { worker, task: null, timer: null, isEnding: false }
    this.members.add(member)
    worker.unref()
    worker.on('message', (answer: Answer) => this.finish(member, answer))
    worker.on('error', (error) => this.stop(member, asFault(error)))
    worker.on('exit', () => this.forget(member))
    return member
  }

  private finish(member: Member<Answer>, answer: Answer): void {
    const { task, timer } = member
    if (member.isEnding) return
    if (timer) clearTimeout(timer)
    member.task = null
    member.timer = setTimeout(() => this.stop(member, null), this.options.idleMs)
    member.timer.unref()
    task?.resolve(answer)
    this.assign()
  }

  /** The thread's place is free when it has ended, and not before: it holds its memory until then. */
  private stop(member: Member<Answer>, reason: Error | null): void {
    if (reason) member.task?.reject(reason)
    member.task = null
    member.isEnding = true
    void member.worker.terminate()
  }

  private forget(member: Member<Answer>): void {
    if (member.timer) clearTimeout(member.timer)
    this.members.delete(member)
    member.task?.reject(new Error('A worker ended in the middle of its task'))
    this.assign()
  }
}

function tooLong(): TooCostly {
  return new TooCostly('This body takes too long to read: send less at once')
}

function asFault(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error))
  const isMemory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
  if (!isMemory) return error
  return new TooCostly('This body takes too much memory to read: send less at once')
}
