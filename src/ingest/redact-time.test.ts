import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HOSTILE_UNITS } from '../../test/support/hostile-text'
import { createRedaction } from './redact'

const ROUND_MS = 20
const ROUNDS = 3
const ATTEMPTS = 8
const SMALL = 16_000
const redact = createRedaction({ defaults: true, patterns: [], paths: [] })

function fill(unit: string, length: number): string {
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length)
}

/** Milliseconds for one call, from a round of at least 20 ms. */
function round(call: () => unknown): number {
  const begun = performance.now()
  let calls = 0
  while (performance.now() - begun < ROUND_MS) {
    call()
    calls++
  }
  return (performance.now() - begun) / calls
}

function median(call: () => unknown): number {
  const rounds = Array.from({ length: ROUNDS }, () => round(call)).sort((a, b) => a - b)
  return rounds[Math.floor(ROUNDS / 2)] ?? Number.POSITIVE_INFINITY
}

/** How many times the time of the one the other takes. Another program may have been in the way: the best of some. */
function ratio(small: () => unknown, large: () => unknown, enough: number): number {
  let best = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < ATTEMPTS && best > enough; attempt++) {
    const once = median(small)
    best = Math.min(best, median(large) / once)
  }
  return best
}

/** Eight times the text takes at most twelve times the time. */
function expectLinear(textOf: (length: number) => string): void {
  const [small, large] = [textOf(SMALL), textOf(8 * SMALL)]
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
      const ordinary = fill('The quick brown fox jumps over the lazy dog. ', 8 * SMALL)
      const hostile = fill(unit, 8 * SMALL)
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
