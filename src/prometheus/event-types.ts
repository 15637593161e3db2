/** Reporters choose the types of their events; a metric must not grow with them. */
const MAX_TYPES = 100

/** Counts by type of event. Beyond so many different types all others are one. */
export class CountsByType {
  private readonly counts = new Map<string, number>()

  constructor(private readonly maxTypes = MAX_TYPES) {}

  add(type: string, count: number): void {
    const isNew = !this.counts.has(type)
    const name = isNew && this.counts.size >= this.maxTypes ? 'other' : type
    this.counts.set(name, (this.counts.get(name) ?? 0) + count)
  }

  entries(): Iterable<[type: string, count: number]> {
    return this.counts.entries()
  }
}
