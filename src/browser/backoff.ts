const FIRST_MS = 1_000
const LAST_MS = 30_000
const JITTER = 0.3

/** How long to wait before the next try: 1 s doubling to 30 s, ±30 %. `failures` starts at 0. */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const base = Math.min(FIRST_MS * 2 ** failures, LAST_MS)
  return base * (1 - JITTER + 2 * JITTER * random())
}
