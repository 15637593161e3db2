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
  private readonly waiting: Waiting<Answer>[] = []
  private waitingBytes = 0
  private closed = false

  constructor(private readonly options: WorkerPoolOptions) {}

  /** How many threads there are now. */
  get size(): number {
    return this.members.size
  }

  /**
   * Resolves with the worker's answer. `transfer` moves to the worker with the task. Rejects with Overloaded where too much waits, with TooCostly where the task took too long
   * or too much memory, and with what the worker threw, which ends it.
   */
  run(task: Task, bytes: number, transfer: readonly ArrayBuffer[]): Promise<Answer> {
    const { maxWaitingTasks, maxWaitingBytes } = this.options
    if (this.closed) return Promise.reject(new Overloaded('Muster is stopping'))
    const isFull =
      this.waiting.length >= maxWaitingTasks || this.waitingBytes + bytes > maxWaitingBytes
    if (isFull && this.waiting.length > 0) {
      return Promise.reject(new Overloaded('Too many large bodies are waiting to be read'))
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ task, bytes, transfer, resolve, reject })
      this.waitingBytes += bytes
      this.assign()
    })
  }

  /** Ends all threads; what was under way is rejected with Overloaded. */
  async close(): Promise<void> {
    this.closed = true
    const tasks = [...this.waiting.splice(0), ...[...this.members].map(({ task }) => task)]
    for (const task of tasks) task?.reject(new Overloaded('Muster is stopping'))
    await Promise.all([...this.members].map(({ worker }) => worker.terminate()))
  }

  private assign(): void {
    while (this.waiting.length > 0 && !this.closed) {
      const free = [...this.members].find(({ task, isEnding }) => task === null && !isEnding)
      if (!free && this.members.size >= this.options.maxWorkers) return
      const next = this.waiting.shift()
      if (!next) return
      this.waitingBytes -= next.bytes
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
