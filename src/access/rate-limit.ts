interface Bucket {
  tokens: number
  at: number
}

const MINUTE_MS = 60_000
/** Whoever has been silent for longest is forgotten first; a full bucket is like none. */
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

  /** Takes one; returns 0, or after how many ms there will be one. */
  take(key: string): number {
    const now = this.now()
    const bucket = this.buckets.get(key) ?? { tokens: this.burst, at: now }
    const flowed = (Math.max(0, now - bucket.at) * this.perMinute) / MINUTE_MS
    const tokens = Math.min(this.burst, bucket.tokens + flowed)
    const isEnough = tokens >= 1
    this.keep(key, { tokens: isEnough ? tokens - 1 : tokens, at: now })
    return isEnough ? 0 : Math.ceil(((1 - tokens) * MINUTE_MS) / this.perMinute)
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
