/** Muster has more to do than it can at this moment; the same request works later. */
export class Busy extends Error {
  readonly retryAfterSeconds: number

  constructor(message = 'Muster is busy; try again', retryAfterSeconds = 2) {
    super(message)
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** For whom something is done: a visitor, a sender, a network. Null is Muster itself. */
export type ShareKey = string | null

export interface FairSemaphoreOptions {
  /** How many permits there are. */
  atOnce: number
  /** How many of them one key may hold, so that the next key finds a free one. */
  atOncePerKey?: number
  /** How many may wait (1 or more), and how large they may be, all together. */
  maxWaiting?: number
  maxWaitingSize?: number
  /** How many one key may have, held and waiting. */
  maxPerKey?: number
  /** A request that has waited for so long is refused. */
  patienceMs?: number
  /** What a refused request fails with; without it that is Busy. */
  refusal?: () => Error
}

interface AcquireOptions {
  patienceMs?: number
  /** Counts towards `maxWaitingSize`. */
  size?: number
}

export interface RunOptions extends AcquireOptions {
  /** After so long the permit is given back, though the work goes on. */
  holdMs?: number
}

interface Waiter {
  readonly size: number
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Gives a permit back; called twice it does nothing more. */
export type Release = () => void

/**
 * Lets at most so many work at once. The next permit goes to the key that holds the fewest, so one that
 * asks for a thousand delays none that asks for one. No share limits the key null.
 */
export class FairSemaphore {
  private free: number
  private readonly held = new Map<ShareKey, number>()
  /** The key whose last permit was longest ago comes first. No line is empty. */
  private readonly waiting = new Map<ShareKey, Waiter[]>()
  private waitingCount = 0
  private waitingSize = 0

  constructor(private readonly options: FairSemaphoreOptions) {
    this.free = options.atOnce
  }

  /**
   * Does the work with a permit, at once where one is free. Throws the refusal where too many wait
   * already, or where it has waited for too long.
   */
  async run<T>(key: ShareKey, work: () => Promise<T>, options: RunOptions = {}): Promise<T> {
    const release = this.takeFree(key) ?? (await this.acquire(key, options))
    const { holdMs } = options
    const timer = holdMs === undefined ? undefined : setTimeout(release, holdMs)
    try {
      return await work()
    } finally {
      clearTimeout(timer)
      release()
    }
  }

  /** Resolves with what gives the permit back. Throws the refusal as `run` does. */
  async acquire(key: ShareKey, options: AcquireOptions = {}): Promise<Release> {
    const free = this.takeFree(key)
    if (free) return free
    if (this.hasItsShare(key)) throw this.refusal()
    await this.wait(key, options)
    return this.releaseOf(key)
  }

  /** Refuses all that wait, with this error. */
  refuseWaiting(error: Error): void {
    for (const waiter of [...this.waiting.values()].flat()) waiter.reject(error)
  }

  /** How many permits the key holds and waits for. */
  countOf(key: ShareKey): number {
    return this.heldBy(key) + (this.waiting.get(key)?.length ?? 0)
  }

  private takeFree(key: ShareKey): Release | null {
    if (this.waiting.has(key) || !this.mayTake(key) || this.hasItsShare(key)) return null
    this.take(key)
    return this.releaseOf(key)
  }

  private hasItsShare(key: ShareKey): boolean {
    return key !== null && this.countOf(key) >= (this.options.maxPerKey ?? Infinity)
  }

  private releaseOf(key: ShareKey): Release {
    let isReleased = false
    return () => {
      if (isReleased) return
      isReleased = true
      this.giveBack(key)
    }
  }

  private refusal(): Error {
    return this.options.refusal?.() ?? new Busy()
  }

  private mayTake(key: ShareKey): boolean {
    const { atOncePerKey = this.options.atOnce } = this.options
    return this.free > 0 && (key === null || this.heldBy(key) < atOncePerKey)
  }

  private take(key: ShareKey): void {
    this.free--
    this.held.set(key, this.heldBy(key) + 1)
  }

  private giveBack(key: ShareKey): void {
    this.free++
    const left = this.heldBy(key) - 1
    if (left > 0) this.held.set(key, left)
    else this.held.delete(key)
    for (let next = this.next(); next !== undefined; next = this.next()) this.serveFirst(next)
  }

  /** Of the keys that wait and may go on, the one that holds the fewest; undefined: none may. */
  private next(): ShareKey | undefined {
    let found: ShareKey | undefined
    for (const key of this.waiting.keys()) {
      if (!this.mayTake(key)) continue
      if (found === undefined || this.heldBy(key) < this.heldBy(found)) found = key
    }
    return found
  }

  private serveFirst(key: ShareKey): void {
    const [waiter] = this.waiting.get(key) ?? []
    if (!waiter) return
    this.forget(key, waiter)
    const rest = this.waiting.get(key)
    if (rest) {
      // To the end of the line.
      this.waiting.delete(key)
      this.waiting.set(key, rest)
    }
    this.take(key)
    waiter.resolve()
  }

  private wait(key: ShareKey, { size = 0, ...options }: AcquireOptions): Promise<void> {
    const { patienceMs = this.options.patienceMs } = options
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => {
        clearTimeout(timer)
        this.forget(key, waiter)
        reject(error)
      }
      const timer =
        patienceMs === undefined ? undefined : setTimeout(() => fail(this.refusal()), patienceMs)
      const waiter: Waiter = {
        size,
        resolve: () => {
          clearTimeout(timer)
          resolve()
        },
        reject: fail,
      }
      const line = this.waiting.get(key)
      if (line) line.push(waiter)
      else this.waiting.set(key, [waiter])
      this.waitingCount++
      this.waitingSize += size
      this.boundWaiting()
    })
  }

  /** The last of the line that takes most room is refused. A single one may be of any size. */
  private boundWaiting(): void {
    while (this.waitingCount > 1 && this.shareOf(this.waitingCount, this.waitingSize) > 1) {
      let longest: readonly Waiter[] = []
      for (const line of this.waiting.values()) {
        if (this.shareOfLine(line) > this.shareOfLine(longest)) longest = line
      }
      longest.at(-1)?.reject(this.refusal())
    }
  }

  private shareOfLine(line: readonly Waiter[]): number {
    return this.shareOf(
      line.length,
      line.reduce((sum, { size }) => sum + size, 0),
    )
  }

  /** How much of all that may wait this is: 1 is all of it. */
  private shareOf(count: number, size: number): number {
    const { maxWaiting = Infinity, maxWaitingSize = Infinity } = this.options
    return Math.max(count / maxWaiting, size / maxWaitingSize)
  }

  private forget(key: ShareKey, waiter: Waiter): void {
    const line = this.waiting.get(key)
    const place = line?.indexOf(waiter) ?? -1
    if (!line || place < 0) return
    line.splice(place, 1)
    this.waitingCount--
    this.waitingSize -= waiter.size
    if (line.length === 0) this.waiting.delete(key)
  }

  private heldBy(key: ShareKey): number {
    return this.held.get(key) ?? 0
  }
}
