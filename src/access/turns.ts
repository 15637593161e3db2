interface Limits {
  readonly atOnce: number
  readonly waiting: number
  /** How many places, working or waiting, one sharer may have. */
  readonly each?: number
}

/** Lets a few work at once, and a few more wait; who comes after them is refused. */
export class Turns {
  private working = 0
  private readonly waiting: (() => void)[] = []
  private readonly held = new Map<string, number>()

  constructor(private readonly limits: Limits) {}

  /** Null, and nothing done, if too many wait already, or `sharer` has all the places it may have. */
  async take<T>(work: () => Promise<T>, sharer: string | null = null): Promise<{ done: T } | null> {
    if (this.hasItsShare(sharer)) return null
    if (this.working >= this.limits.atOnce && this.waiting.length >= this.limits.waiting)
      return null
    this.count(sharer, 1)
    try {
      await this.begin()
      return { done: await this.finish(work) }
    } finally {
      this.count(sharer, -1)
    }
  }

  private async begin(): Promise<void> {
    if (this.working < this.limits.atOnce) this.working++
    // Who has waited takes over the place of who has ended.
    else await new Promise<void>((resolve) => this.waiting.push(resolve))
  }

  private async finish<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } finally {
      const next = this.waiting.shift()
      if (next) next()
      else this.working--
    }
  }

  private hasItsShare(sharer: string | null): boolean {
    const { each } = this.limits
    return sharer !== null && each !== undefined && (this.held.get(sharer) ?? 0) >= each
  }

  private count(sharer: string | null, change: number): void {
    if (sharer === null) return
    const held = (this.held.get(sharer) ?? 0) + change
    if (held > 0) this.held.set(sharer, held)
    else this.held.delete(sharer)
  }
}
