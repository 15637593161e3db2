/** Muster has more to do than it can at this moment; the same request works later. */
export class Busy extends Error {
  readonly retryAfterSeconds: number

  constructor(message = 'Muster is busy; try again', retryAfterSeconds = 2) {
    super(message)
    this.retryAfterSeconds = retryAfterSeconds
  }
}

export interface FairTurnsOptions {
  /** How many may work at once. */
  atOnce: number
  /** How many of them one visitor may have, so that the next visitor finds a free one. */
  perVisitor?: number
  /** How many may wait, all together. */
  maxWaiting?: number
  /** Who has waited for so long is told that Muster is busy. */
  patienceMs?: number
}

interface Waiter {
  readonly begin: () => void
  readonly fail: (error: Error) => void
}

/** Gives a turn back; called twice it does nothing more. */
export type EndTurn = () => void

/**
 * Lets at most so many work at once. The next turn is the visitor's who has the fewest, so one who
 * asks for a thousand delays nobody who asks for one. Null is Muster itself, which no share limits.
 */
export class FairTurns {
  private free: number
  private readonly running = new Map<string | null, number>()
  /** A visitor whose turn was longest ago comes first. */
  private readonly waiting = new Map<string | null, Waiter[]>()
  private waitingCount = 0

  constructor(private readonly options: FairTurnsOptions) {
    this.free = options.atOnce
  }

  /** Throws Busy where too many wait already, or where it has waited for too long. */
  async take<T>(
    visitor: string | null,
    work: () => Promise<T>,
    options: { patienceMs?: number } = {},
  ): Promise<T> {
    const end = await this.begin(visitor, options.patienceMs)
    try {
      return await work()
    } finally {
      end()
    }
  }

  /** Resolves when it is the visitor's turn, with what ends it. Throws Busy as `take` does. */
  async begin(visitor: string | null, patienceMs = this.options.patienceMs): Promise<EndTurn> {
    if (this.waiting.has(visitor) || !this.mayBegin(visitor)) await this.wait(visitor, patienceMs)
    else this.start(visitor)
    let hasEnded = false
    return () => {
      if (hasEnded) return
      hasEnded = true
      this.end(visitor)
    }
  }

  private mayBegin(visitor: string | null): boolean {
    const { perVisitor = this.options.atOnce } = this.options
    return this.free > 0 && (visitor === null || this.runningOf(visitor) < perVisitor)
  }

  private start(visitor: string | null): void {
    this.free--
    this.running.set(visitor, this.runningOf(visitor) + 1)
  }

  private end(visitor: string | null): void {
    this.free++
    const left = this.runningOf(visitor) - 1
    if (left > 0) this.running.set(visitor, left)
    else this.running.delete(visitor)
    for (let next = this.next(); next !== undefined; next = this.next()) this.beginFirst(next)
  }

  /** Of those who wait and may begin, the one with the fewest turns; undefined: none may. */
  private next(): string | null | undefined {
    let found: string | null | undefined
    for (const visitor of this.waiting.keys()) {
      if (!this.mayBegin(visitor)) continue
      if (found === undefined || this.runningOf(visitor) < this.runningOf(found)) found = visitor
    }
    return found
  }

  private beginFirst(visitor: string | null): void {
    const [waiter] = this.waiting.get(visitor) ?? []
    if (!waiter) return
    this.forget(visitor, waiter)
    const rest = this.waiting.get(visitor)
    if (rest) {
      // To the end of the line.
      this.waiting.delete(visitor)
      this.waiting.set(visitor, rest)
    }
    this.start(visitor)
    waiter.begin()
  }

  private wait(visitor: string | null, patienceMs: number | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.forget(visitor, waiter)
        reject(new Busy())
      }
      const timer = patienceMs === undefined ? undefined : setTimeout(giveUp, patienceMs)
      const waiter: Waiter = {
        begin: () => {
          clearTimeout(timer)
          resolve()
        },
        fail: (error) => {
          clearTimeout(timer)
          this.forget(visitor, waiter)
          reject(error)
        },
      }
      const line = this.waiting.get(visitor)
      if (line) line.push(waiter)
      else this.waiting.set(visitor, [waiter])
      this.waitingCount++
      this.boundWaiting()
    })
  }

  /** The last of the longest line is told to come back. */
  private boundWaiting(): void {
    if (this.waitingCount <= (this.options.maxWaiting ?? Number.POSITIVE_INFINITY)) return
    let longest: Waiter[] = []
    for (const line of this.waiting.values()) if (line.length > longest.length) longest = line
    longest.at(-1)?.fail(new Busy())
  }

  private forget(visitor: string | null, waiter: Waiter): void {
    const line = this.waiting.get(visitor)
    const place = line?.indexOf(waiter) ?? -1
    if (!line || place < 0) return
    line.splice(place, 1)
    this.waitingCount--
    if (line.length === 0) this.waiting.delete(visitor)
  }

  private runningOf(visitor: string | null): number {
    return this.running.get(visitor) ?? 0
  }
}
