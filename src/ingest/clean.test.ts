import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clean, STORED } from './clean'

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value))

/** Everything in it that is a string, keys included. */
function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(stringsOf)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => [key, ...stringsOf(item)])
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

function nested(levels: number): unknown {
  return JSON.parse(`${'['.repeat(levels)}1${']'.repeat(levels)}`)
}

describe('strings', () => {
  test('NUL and lone surrogates are replaced, in keys as well', () => {
    expect(clean({ 'a\0b': ['x\0', '\ud800y', 'z\udc00', '😀'] })).toEqual({
      'a\ufffdb': ['x\ufffd', '\ufffdy', 'z\ufffd', '😀'],
    })
  })

  test('keys that become equal keep both values', () => {
    expect(clean({ 'a\0': 1, 'a\ud800': 2, 'a\ufffd': 3 })).toEqual({
      'a\ufffd': 1,
      'a\ufffd~2': 2,
      'a\ufffd~3': 3,
    })
  })

  test('a long string is cut with a mark that says how much is missing', () => {
    const cleaned = String(clean('x'.repeat(10_000)))
    const [, missing] = /\[… (\d+) more characters\]$/.exec(cleaned) ?? []
    expect(Buffer.byteLength(cleaned)).toBeLessThanOrEqual(STORED.stringBytes)
    expect(cleaned.indexOf('[') + Number(missing)).toBe(10_000)
  })

  test.each([0, 1, 2, 3])('a cut never splits a character (shifted by %i)', (shift) => {
    for (const character of ['😀', 'é', '中']) {
      const cleaned = String(clean('x'.repeat(shift) + character.repeat(9000)))
      expect(cleaned).not.toContain('\ufffd')
      expect(cleaned).toMatch(/ more characters\]$/)
    }
  })
})

describe('numbers, depth and names', () => {
  test('numbers that JSON cannot print are kept as words', () => {
    expect(clean(JSON.parse('[1e400, -1e400, 1e308, 0.5]'))).toEqual([
      'Infinity',
      '-Infinity',
      1e308,
      0.5,
    ])
  })

  test('64 levels are kept, the 65th is a mark', () => {
    expect(clean(nested(64))).toEqual(nested(64))
    expect(depthOf(clean(nested(65)))).toBe(64)
    expect(JSON.stringify(clean(nested(65)))).toContain('nested too deeply')
  })

  test('ten thousand levels do not overflow the stack', () => {
    expect(depthOf(clean(nested(10_000)))).toBeLessThanOrEqual(64)
  })

  test('a key called __proto__ is a key like any other', () => {
    const cleaned = clean(JSON.parse('{"__proto__": {"polluted": true}, "a": 1}'))
    expect(JSON.stringify(cleaned)).toBe('{"__proto__":{"polluted":true},"a":1}')
    expect(Object.getPrototypeOf(cleaned)).toBe(Object.prototype)
  })

  test('what is not JSON becomes null', () => {
    expect(clean([undefined, () => 1, Symbol('x')])).toEqual([null, null, null])
  })
})

describe('the whole', () => {
  test('long lists end in a mark that counts the rest', () => {
    const cleaned = clean(Array.from({ length: 100_000 }, (_, i) => i))
    expect(bytesOf(cleaned)).toBeLessThanOrEqual(STORED.totalBytes)
    expect((cleaned as string[]).at(-1)).toBe('[… 99800 more items]')
  })

  test('objects with too many fields say how many are missing', () => {
    const fields = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`field${i}`, i]))
    expect(clean(fields)).toMatchObject({ field0: 0, '…': '[… 49800 more fields]' })
  })

  test('many long strings are cut harder until they fit', () => {
    const cleaned = clean({
      name: 'kept',
      parts: Array.from({ length: 40 }, () => 'y'.repeat(9000)),
    })
    expect(bytesOf(cleaned)).toBeLessThanOrEqual(STORED.totalBytes)
    expect(cleaned).toMatchObject({ name: 'kept' })
  })

  test.each([
    ['one string', () => 'x'.repeat(16 << 20)],
    ['one string of pairs', () => '😀'.repeat(4 << 20)],
    ['a list of lines', () => Array.from({ length: 100_000 }, () => 'l'.repeat(160))],
    ['small numbers', () => new Array(4_000_000).fill(7)],
  ])('16 MiB of %s take well under 100 ms', (_, make) => {
    const value = { tool_response: make() }
    const startedAt = performance.now()
    clean(value)
    expect(performance.now() - startedAt).toBeLessThan(100)
  })
})

describe('any JSON', () => {
  const wild = fc.jsonValue({ maxDepth: 8, stringUnit: 'binary' })
  const limits = { depth: 5, stringBytes: 100, totalBytes: 2000 }

  test('comes out storable and within its limits', () => {
    fc.assert(
      fc.property(wild, (value) => {
        const cleaned = clean(value, limits)
        expect(bytesOf(cleaned)).toBeLessThanOrEqual(limits.totalBytes)
        expect(depthOf(cleaned)).toBeLessThanOrEqual(limits.depth)
        for (const text of stringsOf(cleaned)) {
          expect(text).not.toMatch(/\p{Surrogate}|\0/u)
        }
      }),
    )
  })

  test('strings of any UTF-16 units come out storable', () => {
    const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 200 })
    fc.assert(
      fc.property(units, (codes) => {
        const cleaned = String(clean(String.fromCharCode(...codes), limits))
        expect(cleaned).not.toMatch(/\p{Surrogate}|\0/u)
        expect(Buffer.byteLength(cleaned)).toBeLessThanOrEqual(limits.stringBytes)
        expect(clean(cleaned, limits)).toBe(cleaned)
      }),
    )
  })

  test('is left alone where it is small and clean, so cleaning twice is cleaning once', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const once = clean(value)
        expect(clean(once)).toEqual(once)
        expect(JSON.stringify(once)).toBe(JSON.stringify(value))
      }),
    )
  })
})
