const nothing = () => undefined

/** So many who share a look are a crowd, and more of it is to come within the next second. */
const CROWD = 4
const CROWD_MS = 1_000

/**
 * Lets all callers that come before a query begins share it: a thousand at once cost two. A query
 * that had begun before is never used, so each answer was true after its caller had asked.
 */
export class SharedQuery<T> {
  private next: Promise<T> | null = null
  private current: Promise<unknown> = Promise.resolve()
  private begunAt = 0
  private crowdedUntil = 0
  private asking = 0
  private begunCount = 0

  constructor(
    private readonly look: () => Promise<T>,
    /** Shortest time between the beginnings of two queries while calls overlap; a lone call does not wait. */
    private readonly pauseMs = 50,
  ) {}

  /** How many looks there were. */
  get count(): number {
    return this.begunCount
  }

  read(): Promise<T> {
    this.asking++
    this.next ??= this.begin()
    return this.next
  }

  private async begin(): Promise<T> {
    await this.current
    const now = performance.now()
    const pauseMs = now < this.crowdedUntil ? this.begunAt + this.pauseMs - now : 0
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
    this.next = null
    this.begunAt = performance.now()
    if (this.asking >= CROWD) this.crowdedUntil = this.begunAt + CROWD_MS
    this.asking = 0
    this.begunCount++
    const look = this.look()
    this.current = look.catch(nothing)
    return look
  }
}
