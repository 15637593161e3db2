interface Source<T> {
  value: T
  readonly rest: Iterator<T>
}

/** The values of all sources in order; each source has to be in order itself. Lazy. */
export function* mergeSorted<T>(
  sources: readonly Iterator<T>[],
  compare: (a: T, b: T) => number,
): IterableIterator<T> {
  const heap: Source<T>[] = []
  for (const rest of sources) {
    const next = rest.next()
    if (!next.done) heap.push({ value: next.value, rest })
  }
  const sink = (from: number) => {
    for (let at = from; ; ) {
      const left = 2 * at + 1
      const right = left + 1
      let least = at
      if (isBefore(heap, left, least, compare)) least = left
      if (isBefore(heap, right, least, compare)) least = right
      if (least === at) return
      const moved = heap[at] as Source<T>
      heap[at] = heap[least] as Source<T>
      heap[least] = moved
      at = least
    }
  }
  for (let i = heap.length >>> 1; i >= 0; i--) sink(i)
  for (let top = heap[0]; top; top = heap[0]) {
    yield top.value
    const next = top.rest.next()
    if (next.done) {
      const last = heap.pop()
      if (last && last !== top) heap[0] = last
    } else top.value = next.value
    sink(0)
  }
}

function isBefore<T>(
  heap: readonly Source<T>[],
  a: number,
  b: number,
  compare: (a: T, b: T) => number,
): boolean {
  const [one, other] = [heap[a], heap[b]]
  return one !== undefined && other !== undefined && compare(one.value, other.value) < 0
}

/** The first values, at most `max`. */
export function first<T>(values: Iterable<T>, max: number): T[] {
  return [...take(values, max)]
}

/** The same, lazily. */
export function* take<T>(values: Iterable<T>, max: number): IterableIterator<T> {
  let left = max
  if (left > 0) {
    for (const value of values) {
      yield value
      if (--left <= 0) return
    }
  }
}
