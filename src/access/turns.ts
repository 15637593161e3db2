/** Lets a few work at once, and a few more wait; who comes after them is refused. */
export class Turns {
  private working = 0
  private readonly waiting: (() => void)[] = []

  constructor(private readonly limits: { atOnce: number; waiting: number }) {}

  /** Null, and nothing done, if too many wait already. */
  async take<T>(work: () => Promise<T>): Promise<{ done: T } | null> {
    if (this.working >= this.limits.atOnce) {
      if (this.waiting.length >= this.limits.waiting) return null
      await new Promise<void>((resolve) => this.waiting.push(resolve))
    } else {
      this.working++
    }
    try {
      return { done: await work() }
    } finally {
      const next = this.waiting.shift()
      // Who waited takes over the place.
      if (next) next()
      else this.working--
    }
  }
}
