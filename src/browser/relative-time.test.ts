import { describe, expect, test } from 'vitest'
import { ageText, timeText } from './relative-time'

describe('ages', () => {
  test.each([
    [-5_000, 'now'],
    [0, 'now'],
    [999, 'now'],
    [1_000, '1 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [3_599_999, '59 min'],
    [3_600_000, '1 h'],
    [47 * 3_600_000, '47 h'],
    [48 * 3_600_000, '2 d'],
  ])('%i ms are %s', (ms, text) => {
    expect(ageText(ms)).toBe(text)
  })

  test('are told as a distance or as a duration', () => {
    expect(timeText(0, 12_000, 'relative')).toBe('12 s ago')
    expect(timeText(0, 0, 'relative')).toBe('just now')
    expect(timeText(0, 12_000, 'since')).toBe('12 s')
  })

  test.each([
    [-1_000, '0:00'],
    [5_999, '0:05'],
    [725_000, '12:05'],
    [3_725_000, '1:02:05'],
  ])('elapsed %i ms are %s', (ms, text) => {
    expect(timeText(0, ms, 'elapsed')).toBe(text)
  })

  test('a time of another day says which day', () => {
    const at = new Date(2026, 10, 21, 3, 4, 5).getTime()
    expect(timeText(at, at + 1000, 'clock')).toMatch(/^\d\d:\d\d:\d\d/)
    expect(timeText(at, at + 3 * 86_400_000, 'clock')).toContain('21')
  })
})
