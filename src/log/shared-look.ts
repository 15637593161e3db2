const nothing = () => undefined

/** Shortest times between the beginnings of two looks: while a crowd asks, and for what may wait. */
const PAUSES = { crowdMs: 50, patientMs: 200 }

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
  private isUrgent = false
  private hurry: () => void = nothing

  constructor(
    private readonly look: () => Promise<T>,
    private readonly pauses = PAUSES,
  ) {}

  /** How many looks there were. */
  get count(): number {
    return this.begunCount
  }

  /** For one answer of several that a client may ask for one after the other: at once, but in a crowd. */
  read(): Promise<T> {
    this.isUrgent = true
    this.hurry()
    return this.join()
  }

  /** For a stream that is opened: it waits where another look was made a moment ago. */
  readPatiently(): Promise<T> {
    return this.join()
  }

  private join(): Promise<T> {
    this.asking++
    this.next ??= this.begin()
    return this.next
  }

  private async begin(): Promise<T> {
    await this.current
    await this.pause()
    this.next = null
    this.isUrgent = false
    this.begunAt = performance.now()
    if (this.asking >= CROWD) this.crowdedUntil = this.begunAt + CROWD_MS
    this.asking = 0
    this.begunCount++
    const look = this.look()
    this.current = look.catch(nothing)
    return look
  }

  private async pause(): Promise<void> {
    const { crowdMs, patientMs } = this.pauses
    const now = performance.now()
    const crowdEnd = now < this.crowdedUntil ? this.begunAt + crowdMs : 0
    await waitFor(crowdEnd - now)
    const ms = this.begunAt + patientMs - performance.now()
    if (this.begunCount === 0 || this.isUrgent || ms <= 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.hurry = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.hurry = nothing
  }
}

async function waitFor(ms: number): Promise<void> {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms))
}
