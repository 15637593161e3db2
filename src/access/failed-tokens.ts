interface Minute {
  readonly until: number
  wrong: number
  /** The different tokens that were wrong. */
  readonly guesses: Set<string>
}

const MINUTE_MS = 60_000
const MAX_NETWORKS = 10_000

/**
 * Counts wrong tokens by the network they come from. A program that sends the same old one again and
 * again has guessed once: its requests get 429, those of others in its network do not.
 */
export class FailedTokens {
  private readonly minutes = new Map<string, Minute>()

  constructor(
    private readonly perMinute: number,
    private readonly now: () => number = Date.now,
  ) {}

  get size(): number {
    return this.minutes.size
  }

  /** For how many ms nothing is heard that could be a guess. */
  lockedFor(network: string): number {
    const minute = this.current(network)
    return minute && minute.guesses.size >= this.perMinute ? minute.until - this.now() : 0
  }

  /** The same for this guess, which need not be looked at again if it was wrong a moment ago. */
  refusedFor(network: string, guess: string): number {
    const minute = this.current(network)
    if (minute && minute.wrong >= this.perMinute && minute.guesses.has(guess)) {
      return minute.until - this.now()
    }
    return this.lockedFor(network)
  }

  countLocked(): number {
    let locked = 0
    for (const network of this.minutes.keys()) if (this.lockedFor(network) > 0) locked++
    return locked
  }

  /** Counts a wrong one; returns for how many ms no other is heard, or 0. `guess` need not be the token itself. */
  add(network: string, guess: string): number {
    const minute = this.current(network) ?? this.begin(network)
    minute.wrong++
    if (minute.guesses.size < this.perMinute) minute.guesses.add(guess)
    return minute.wrong > this.perMinute ? minute.until - this.now() : 0
  }

  private current(network: string): Minute | null {
    const minute = this.minutes.get(network)
    return minute && minute.until > this.now() ? minute : null
  }

  private begin(network: string): Minute {
    this.minutes.delete(network)
    for (const [oldest, { until }] of this.minutes) {
      if (until > this.now() && this.minutes.size < MAX_NETWORKS) break
      this.minutes.delete(oldest)
    }
    const minute = { until: this.now() + MINUTE_MS, wrong: 0, guesses: new Set<string>() }
    this.minutes.set(network, minute)
    return minute
  }
}
