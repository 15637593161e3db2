/**
 * Calls `read` at each match of a global pattern, which never matches the empty text. `read` answers
 * up to where it has read: the search goes on from there, so that nothing is looked at again and
 * again. Patterns are shared, and `read` may search other texts with the same one.
 */
export function scan(
  text: string,
  pattern: RegExp,
  read: (match: RegExpExecArray) => number,
): void {
  let next = 0
  while (next < text.length) {
    pattern.lastIndex = next
    const match = pattern.exec(text)
    if (match === null) return
    next = Math.max(pattern.lastIndex, read(match))
  }
}

/** What a sticky pattern matches at this place, or null. */
export function matchAt(text: string, pattern: RegExp, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

/** Where the characters end, from `at` on, that a sticky pattern like `/[a-z]+/y` takes. */
export function endOf(text: string, pattern: RegExp, at: number): number {
  return at + (matchAt(text, pattern, at)?.[0].length ?? 0)
}

/**
 * Where the run of characters ends that a place lies in. Asked for places in the order of the text it
 * walks each run once, however many places in it are asked for.
 */
export class Runs {
  private start = 0
  private end = 0

  constructor(
    private readonly text: string,
    private readonly pattern: RegExp,
  ) {}

  endAt(at: number): number {
    if (at < this.start || at >= this.end) {
      this.start = at
      this.end = endOf(this.text, this.pattern, at)
    }
    return this.end
  }
}
