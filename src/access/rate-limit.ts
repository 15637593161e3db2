interface Bucket {
  tokens: number
  at: number
}

const MINUTE_MS = 60_000
/** The key unused for longest is evicted first; a full bucket equals none. */
const MAX_KEYS = 10_000

/**
 * Counts what each address does. A minute's worth, or less, may come at once and flows back steadily, so
 * that no moment exists at which twice as much gets through.
 */
export class RateLimit {
  private readonly buckets = new Map<string, Bucket>()

  /** `burst` may come at once. */
  constructor(
    private readonly perMinute: number,
    private readonly now: () => number = Date.now,
    private readonly burst: number = perMinute,
  ) {}

  get size(): number {
    return this.buckets.size
  }

  /** Takes so many at once; returns 0, or after how many ms they can be had, and then takes none. */
  take(key: string, count = 1): number {
    const waitMs = this.waitMs(key, count)
    if (waitMs === 0) this.charge(key, count)
    return waitMs
  }

  /**
   * After how many ms so many can be had where `pending` are about to be charged. What is more than
   * all that may come at once is let through when all of it is there, and paid for afterwards.
   */
  waitMs(key: string, count: number, pending = 0): number {
    const missing = Math.min(count, this.burst) - (this.look(key) - pending)
    return missing <= 0 ? 0 : Math.ceil((missing * MINUTE_MS) / this.perMinute)
  }

  /** Takes so many, whether they are there or not. */
  charge(key: string, count: number): void {
    this.keep(key, { tokens: this.look(key) - count, at: this.now() })
  }

  /** How many can be had now. */
  private look(key: string): number {
    const now = this.now()
    const bucket = this.buckets.get(key) ?? { tokens: this.burst, at: now }
    const flowed = (Math.max(0, now - bucket.at) * this.perMinute) / MINUTE_MS
    const tokens = Math.min(this.burst, bucket.tokens + flowed)
    this.keep(key, { tokens, at: now })
    return tokens
  }

  /** As the youngest of all. */
  private keep(key: string, bucket: Bucket): void {
    this.buckets.delete(key)
    if (this.buckets.size >= MAX_KEYS) {
      for (const oldest of this.buckets.keys()) {
        this.buckets.delete(oldest)
        break
      }
    }
    this.buckets.set(key, bucket)
  }
}
