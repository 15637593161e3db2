import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HOSTILE_UNITS } from '../../test/support/hostile-text'
import { createRedaction } from './redact'

const TIMES = 8
const ROUNDS = 3
/** How long a round is, in each attempt: what looks too slow is measured longer before it counts. */
const ROUND_MS = [2, 5, 10, 20, 20, 20, 20, 20]
const SMALL = 16_000
const redact = createRedaction({ defaults: true, patterns: [], paths: [] })

function fill(unit: string, length: number): string {
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length)
}

/**
 * Milliseconds that have passed since, or that this process has computed, whichever is less: other
 * programs add to the one, other threads to the other.
 */
function startWatch(): () => number {
  const startedAt = performance.now()
  const before = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(before)
    return Math.min(performance.now() - startedAt, (user + system) / 1_000)
  }
}

/** Milliseconds for one call, from a round of at least so many calls and milliseconds. */
function round(call: () => unknown, minCalls: number, minMs: number): number {
  const watch = startWatch()
  for (let calls = 1; ; calls++) {
    call()
    const spent = watch()
    if (calls >= minCalls && spent >= minMs) return spent / calls
  }
}

function median(times: number[]): number {
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.POSITIVE_INFINITY
}

/** How many times the time of the small one the large one takes: the least of some attempts. */
function ratio(small: () => unknown, large: () => unknown, enough: number): number {
  let best = Number.POSITIVE_INFINITY
  for (const ms of ROUND_MS) {
    const rounds = Array.from({ length: ROUNDS }, () => ({
      small: round(small, TIMES, ms),
      large: round(large, 1, ms),
    }))
    const times =
      median(rounds.map((each) => each.large)) / median(rounds.map((each) => each.small))
    best = Math.min(best, times)
    if (best <= enough) break
  }
  return best
}

/** Eight times the text takes at most twelve times the time. */
function expectLinear(textOf: (length: number) => string): void {
  const [small, large] = [textOf(SMALL), textOf(TIMES * SMALL)]
  redact(large)
  const times = ratio(
    () => redact(small),
    () => redact(large),
    12,
  )
  expect(times).toBeLessThanOrEqual(12)
}

describe('redaction takes time in proportion to its input', () => {
  test.each(HOSTILE_UNITS)(
    'of %j without end: eight times the text, at most twelve times the time',
    (unit) => {
      expectLinear((length) => fill(unit, length))
    },
    60_000,
  )

  test('of any mixture of these too', () => {
    const mixture = fc.array(fc.constantFrom(...HOSTILE_UNITS), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(mixture, (units) => {
        expectLinear((length) => fill(units.join(''), length))
      }),
      { numRuns: 25 },
    )
  }, 120_000)

  const begunAgain = ['authorization=', 'token=', 'key=key=auth=', 'password: ', '--password ']
  const goingOn = ['\\/', '\\u0067', '\\q', 'a', '-', ' ']
  test.each(begunAgain.flatMap((begin) => goingOn.map((rest) => [begin, rest])))(
    'of %j without end, and then of %j without end too',
    (begin, rest) => {
      expectLinear((length) => fill(begin, length / 2) + fill(rest, length / 2))
    },
    60_000,
  )

  test.each(HOSTILE_UNITS)(
    'of %j it is at most 100 times that of ordinary text',
    (unit) => {
      const ordinary = fill('The quick brown fox jumps over the lazy dog. ', TIMES * SMALL)
      const hostile = fill(unit, TIMES * SMALL)
      expect(
        ratio(
          () => redact(ordinary),
          () => redact(hostile),
          100,
        ),
      ).toBeLessThanOrEqual(100)
    },
    60_000,
  )
})
