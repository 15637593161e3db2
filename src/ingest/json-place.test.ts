import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findJsonFault } from './json-place'

describe('the place where a text stops being JSON', () => {
  it.each([
    ['', 0],
    ['{"a":1,}', 7],
    ['{"a":x}', 5],
    ['{"a" 1}', 5],
    ['[1 2]', 3],
    ['[1,]', 3],
    ['{"a":1', 6],
    ['{"a":1}}', 7],
    ['{"a":"b\nc"}', 7],
    ['"\\x"', 1],
    ['[}', 1],
    ['nul', 0],
    ['01', 1],
    ['{1:2}', 1],
  ])('of %j is %i', (text, place) => {
    expect(findJsonFault(text)).toBe(place)
  })

  it('is never found in what JSON.parse takes, and always in what it refuses', () => {
    const mutated = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', ']', '\\', ':', '1', '\u0001'))
      .map(([json, at, extra]) => {
        const place = at % (json.length + 1)
        return json.slice(0, place) + extra + json.slice(place + (at % 2))
      })
    fc.assert(
      fc.property(mutated, (text) => {
        let isJson = true
        try {
          JSON.parse(text)
        } catch {
          isJson = false
        }
        const place = findJsonFault(text)
        if (isJson) expect(place).toBe(text.length)
        // The part before the fault can still be completed; the whole cannot be right.
        else expect(place).toBeLessThanOrEqual(text.length)
      }),
      { numRuns: 500 },
    )
  })

  it('is found in a string of 16 MiB that breaks off', () => {
    expect(findJsonFault(`{"a":"${'x'.repeat(16 * 1024 * 1024)}`)).toBe(16 * 1024 * 1024 + 6)
  })
})
