const FIRST_MS = 1_000
const LAST_MS = 30_000
const JITTER = 0.3
const POLL_MS = 5_000
const POLL_JITTER = 0.2

/** How long to wait before the next try: 1 s doubling to 30 s, ±30 %. `failures` starts at 0. */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const base = Math.min(FIRST_MS * 2 ** failures, LAST_MS)
  return base * (1 - JITTER + 2 * JITTER * random())
}

/** How long to wait before the next poll: 4 to 5 s, so that a server is found within 5 s. */
export function pollMs(random: () => number = Math.random): number {
  return POLL_MS * (1 - POLL_JITTER * random())
}
