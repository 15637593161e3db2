interface Waiting {
  readonly cursor: number
  readonly done: () => void
}

/** Lets somebody wait until a reader of the log has come as far as a row. */
export class Reached {
  private readonly waiting = new Set<Waiting>()

  constructor(private readonly now: () => number) {}

  /** Resolves when the row was reached, or after `deadlineMs`. */
  wait(cursor: number, deadlineMs: number): Promise<void> {
    if (this.now() >= cursor) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.waiting.delete(waiting)
        resolve()
      }
      const waiting = { cursor, done }
      const timer = setTimeout(done, deadlineMs)
      this.waiting.add(waiting)
    })
  }

  /** The reader has come further. */
  tell(): void {
    for (const { cursor, done } of [...this.waiting]) if (this.now() >= cursor) done()
  }
}
