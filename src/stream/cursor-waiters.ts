import { Unavailable } from '../errors/app-error'
/** This process has not read as far in the log as it was asked to, and did not in time. */
export class CursorTimeout extends Unavailable {}

interface Waiter {
  readonly cursor: number
  readonly timer: NodeJS.Timeout
  resolve(): void
  reject(error: Error): void
}

/** Lets requests wait until the log has been read up to a row. */
export class CursorWaiters {
  private readonly waiters = new Set<Waiter>()
  private stopped = false

  constructor(private readonly deadlineMs: number) {}

  /** A request waits for a row. */
  get isAwaited(): boolean {
    return this.waiters.size > 0
  }

  /** Resolves when `advanceTo` gets this row or a later one; throws CursorTimeout after the deadline. */
  wait(cursor: number, deadlineMs = this.deadlineMs): Promise<void> {
    if (this.stopped) return Promise.reject(late(cursor))
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(waiter.timer)
        this.waiters.delete(waiter)
        settle()
      }
      const waiter: Waiter = {
        cursor,
        timer: setTimeout(() => waiter.reject(late(cursor)), deadlineMs),
        resolve: () => end(resolve),
        reject: (error) => end(() => reject(error)),
      }
      this.waiters.add(waiter)
    })
  }

  /** Resolves when `advanceTo` gets this row or a later one, or after the deadline. */
  async waitFor(cursor: number, deadlineMs: number): Promise<void> {
    await this.wait(cursor, deadlineMs).catch((error: unknown) => {
      if (!(error instanceof CursorTimeout)) throw error
    })
  }

  advanceTo(cursor: number): void {
    for (const waiter of this.waiters) if (waiter.cursor <= cursor) waiter.resolve()
  }

  /** Nothing will be reached any more. */
  stop(): void {
    this.stopped = true
    for (const waiter of this.waiters) waiter.reject(late(waiter.cursor))
  }
}

function late(cursor: number): CursorTimeout {
  return new CursorTimeout(`The log has not been read up to ${cursor} yet; try again`, 2)
}
