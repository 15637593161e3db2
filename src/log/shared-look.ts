const nothing = () => undefined

/**
 * Lets all who ask before a look begins share it: a thousand who come at once cost two. A look that
 * had begun before is never used, so what each is told was so after it had asked.
 */
export class SharedLook<T> {
  private next: Promise<T> | null = null
  private current: Promise<unknown> = Promise.resolve()
  /** Who comes alone never waits; after a look that was shared the next one lets more come together. */
  private notBefore = 0
  private asking = 0
  private begunCount = 0

  constructor(
    private readonly look: () => Promise<T>,
    /** Shortest time between the beginnings of two looks while many ask. */
    private readonly pauseMs = 25,
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
    const pauseMs = this.notBefore - performance.now()
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
    this.next = null
    this.notBefore = this.asking > 1 ? performance.now() + this.pauseMs : 0
    this.asking = 0
    this.begunCount++
    const look = this.look()
    this.current = look.catch(nothing)
    return look
  }
}
