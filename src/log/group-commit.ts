import { Unavailable } from '../errors/app-error'
export interface GroupCommitOptions<Job, Receipt> {
  /** Commits all jobs and gives each its receipt, or its own error. Throws what concerns all. */
  commit: (jobs: Job[]) => Promise<(Receipt | Error)[]>
  /** Called after each group, however it went. */
  onGroup?: (jobs: number, ms: number) => void
  maxWaitingJobs: number
  maxWaitingBytes: number
  maxGroupJobs: number
  maxGroupBytes: number
}

interface Waiting<Job, Receipt> {
  job: Job
  size: number
  resolve: (receipt: Receipt) => void
  reject: (error: unknown) => void
}

/**
 * Lets jobs that arrive while a transaction is under way share the next one. A job that comes alone
 * starts at once; each is settled after its own commit, never before.
 */
export class GroupCommit<Job, Receipt> {
  private readonly waiting: Waiting<Job, Receipt>[] = []
  private waitingBytes = 0
  private working: Promise<void> | null = null
  private closed = false

  constructor(private readonly options: GroupCommitOptions<Job, Receipt>) {}

  /** `size` in bytes counts towards the bound on what may wait. Throws Unavailable at once. */
  submit(job: Job, size: number): Promise<Receipt> {
    const { maxWaitingJobs, maxWaitingBytes } = this.options
    if (this.closed) return Promise.reject(new Unavailable('Muster is stopping', 1))
    const isFull =
      this.waiting.length >= maxWaitingJobs || this.waitingBytes + size > maxWaitingBytes
    if (isFull && this.waiting.length > 0) {
      return Promise.reject(new Unavailable('Too many reports are waiting to be stored', 1))
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ job, size, resolve, reject })
      this.waitingBytes += size
      this.working ??= this.work()
    })
  }

  /** Takes nothing more and resolves when what was taken is settled. */
  async close(): Promise<void> {
    this.closed = true
    await this.working
  }

  private async work(): Promise<void> {
    // One turn of the event loop lets requests that are being parsed right now join.
    await new Promise(setImmediate)
    while (this.waiting.length > 0) await this.commitGroup(this.takeGroup())
    this.working = null
  }

  private takeGroup(): Waiting<Job, Receipt>[] {
    const { maxGroupJobs, maxGroupBytes } = this.options
    let bytes = 0
    let count = 0
    for (const { size } of this.waiting) {
      if (count > 0 && (count === maxGroupJobs || bytes + size > maxGroupBytes)) break
      bytes += size
      count++
    }
    this.waitingBytes -= bytes
    return this.waiting.splice(0, count)
  }

  private async commitGroup(group: Waiting<Job, Receipt>[]): Promise<void> {
    const begunAt = performance.now()
    try {
      const outcomes = await this.options.commit(group.map(({ job }) => job))
      group.forEach(({ resolve, reject }, index) => {
        const outcome = outcomes[index]
        if (outcome === undefined) reject(new Error('A job of the group was given no outcome'))
        else if (outcome instanceof Error) reject(outcome)
        else resolve(outcome)
      })
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
    this.options.onGroup?.(group.length, performance.now() - begunAt)
  }
}
