import { Worker } from 'node:worker_threads'
import { FairSemaphore, type Release } from '../../concurrency/fair-semaphore'
import { AppError, Unavailable } from '../../errors/app-error'

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

interface Running<Answer> {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
  /** Gives back what the task has of the pool. */
  readonly release: Release
}

interface Member<Answer> {
  readonly worker: Worker
  task: Running<Answer> | null
  timer: NodeJS.Timeout | null
  isEnding: boolean
}

/**
 * Threads for work that would hold up the event loop. They are started when they are needed; a task
 * takes its own thread down at worst, and the next one has another. Of several threads one sender's
 * tasks may take all but one, so that another sender's task does not wait for them.
 */
export class WorkerPool<Task, Answer> {
  private readonly members = new Set<Member<Answer>>()
  private readonly permits: FairSemaphore
  private closed = false

  constructor(private readonly options: WorkerPoolOptions) {
    this.permits = new FairSemaphore({
      atOnce: options.maxWorkers,
      atOncePerKey: Math.max(1, options.maxWorkers - 1),
      maxWaiting: options.maxWaitingTasks,
      maxWaitingSize: options.maxWaitingBytes,
      refusal: () => new Unavailable('Too many large bodies are waiting to be read', 1),
    })
  }

  /** How many threads there are now. */
  get size(): number {
    return this.members.size
  }

  /**
   * Resolves with the worker's answer. `transfer` moves to the worker with the task. Senders take
   * turns, and where too much waits it is what came last of the one that has most waiting that is
   * rejected, with Unavailable. Rejects with status 413 where the task took too long or too much memory,
   * and with what the worker threw, which ends it.
   */
  async run(
    task: Task,
    bytes: number,
    transfer: readonly ArrayBuffer[],
    sender = '',
  ): Promise<Answer> {
    if (this.closed) throw stopping()
    const release = await this.permits.acquire(sender, { size: bytes })
    if (this.closed) throw stopping()
    return new Promise((resolve, reject) => {
      const member = this.freeMember() ?? this.start()
      if (member.timer) clearTimeout(member.timer)
      member.task = { resolve, reject, release }
      member.timer = setTimeout(() => this.stop(member, tooLong()), this.options.taskMs)
      member.timer.unref()
      member.worker.postMessage(task, [...transfer])
    })
  }

  /** Ends all threads; what was under way is rejected with Unavailable. */
  async close(): Promise<void> {
    this.closed = true
    this.permits.refuseWaiting(stopping())
    for (const { task } of this.members) task?.reject(stopping())
    await Promise.all([...this.members].map(({ worker }) => worker.terminate()))
  }

  private freeMember(): Member<Answer> | undefined {
    return [...this.members].find(({ task, isEnding }) => task === null && !isEnding)
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
    member.timer = setTimeout(() => void this.stopIdle(member), this.options.idleMs)
    member.timer.unref()
    task?.resolve(answer)
    task?.release()
  }

  /** A thread that ends has its place until it is gone: it holds its memory until then. */
  private async stopIdle(member: Member<Answer>): Promise<void> {
    member.isEnding = true
    // Of an idle thread the permit is free.
    const release = await this.permits.acquire(null)
    member.worker.once('exit', release)
    void member.worker.terminate()
  }

  private stop(member: Member<Answer>, reason: Error): void {
    member.task?.reject(reason)
    member.isEnding = true
    void member.worker.terminate()
  }

  private forget(member: Member<Answer>): void {
    if (member.timer) clearTimeout(member.timer)
    this.members.delete(member)
    member.task?.reject(new Error('A worker ended in the middle of its task'))
    member.task?.release()
  }
}

function stopping(): Unavailable {
  return new Unavailable('Muster is stopping', 1)
}

function tooLong(): AppError {
  return new AppError(413, 'This body takes too long to read: send less at once')
}

function asFault(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error))
  const isMemory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
  if (!isMemory) return error
  return new AppError(413, 'This body takes too much memory to read: send less at once')
}
