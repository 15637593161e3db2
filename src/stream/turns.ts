/** There was no turn in time. */
export class NoTurn extends Error {
  readonly retryAfterSeconds = 5
}

export interface TurnOptions {
  /** How long the work waits for its turn. */
  readonly patienceMs?: number
  /** How long the turn is the work's own: after that the next may begin, though this one goes on. */
  readonly holdMs?: number
}

/** Lets at most so many pieces of work run at once; the others wait in line, first come first served. */
export class Turns {
  private readonly waiting: (() => void)[] = []

  constructor(private free: number) {}

  /** Throws NoTurn where the work could not begin within its patience. */
  async take<T>(work: () => Promise<T>, options: TurnOptions = {}): Promise<T> {
    if (this.free > 0) this.free--
    else await this.waitInLine(options.patienceMs)
    const end = this.once()
    const timer = options.holdMs === undefined ? undefined : setTimeout(end, options.holdMs)
    try {
      return await work()
    } finally {
      clearTimeout(timer)
      end()
    }
  }

  private once(): () => void {
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      const next = this.waiting.shift()
      if (next) next()
      else this.free++
    }
  }

  private waitInLine(patienceMs: number | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer)
        resolve()
      }
      const giveUp = () => {
        this.waiting.splice(this.waiting.indexOf(begin), 1)
        reject(new NoTurn('Too many pages are being read at the moment'))
      }
      const timer = patienceMs === undefined ? undefined : setTimeout(giveUp, patienceMs)
      this.waiting.push(begin)
    })
  }
}
