/** Few enough to be moved at once, many enough that a list of a million has few chunks. */
const CHUNK = 512

/**
 * Values in the order of `compare`, which must tell all of them apart by what never changes in them.
 * Adding, removing and finding cost about the same in a list of ten and in one of a hundred thousand.
 */
export class SortedList<T extends Key, Key = T> {
  private readonly chunks: T[][] = []
  private count = 0

  constructor(private readonly compare: (a: Key, b: Key) => number) {}

  get size(): number {
    return this.count
  }

  get first(): T | undefined {
    return this.chunks[0]?.[0]
  }

  at(index: number): T | undefined {
    let left = index
    for (const chunk of this.chunks) {
      if (left < chunk.length) return chunk[left]
      left -= chunk.length
    }
    return undefined
  }

  add(value: T): void {
    const place = Math.min(this.chunkOf(value), Math.max(0, this.chunks.length - 1))
    const chunk = this.chunks[place]
    this.count++
    if (!chunk) {
      this.chunks.push([value])
      return
    }
    chunk.splice(this.within(chunk, value), 0, value)
    if (chunk.length > CHUNK) this.chunks.splice(place + 1, 0, chunk.splice(CHUNK / 2))
  }

  /** False for a value that is not in the list. */
  remove(value: T): boolean {
    const place = this.chunkOf(value)
    const chunk = this.chunks[place]
    if (!chunk) return false
    const index = this.within(chunk, value)
    const found = chunk[index]
    if (found === undefined || this.compare(found, value) !== 0) return false
    chunk.splice(index, 1)
    this.count--
    if (chunk.length === 0) this.chunks.splice(place, 1)
    return true
  }

  /** How many values come before `key`. */
  countBefore(key: Key): number {
    const place = this.chunkOf(key)
    let before = 0
    for (let i = 0; i < place; i++) before += this.chunks[i]?.length ?? 0
    const chunk = this.chunks[place]
    return chunk ? before + this.within(chunk, key) : before
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.walk(0, 0)
  }

  /** The values after `key`, in order; all of them for null. The list must not change meanwhile. */
  after(key: Key | null): IterableIterator<T> {
    if (key === null) return this.walk(0, 0)
    const place = this.chunkOf(key)
    const chunk = this.chunks[place]
    if (!chunk) return this.walk(place, 0)
    const index = this.within(chunk, key)
    const found = chunk[index]
    return this.walk(
      place,
      found !== undefined && this.compare(found, key) === 0 ? index + 1 : index,
    )
  }

  private *walk(place: number, index: number): IterableIterator<T> {
    for (let i = place; i < this.chunks.length; i++) {
      const chunk = this.chunks[i] ?? []
      for (let j = i === place ? index : 0; j < chunk.length; j++) yield chunk[j] as T
    }
  }

  /** The first chunk whose last value is not before `key`. */
  private chunkOf(key: Key): number {
    let low = 0
    let high = this.chunks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const last = this.chunks[middle]?.at(-1) as T
      if (this.compare(last, key) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  private within(chunk: readonly T[], key: Key): number {
    let low = 0
    let high = chunk.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.compare(chunk[middle] as T, key) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
