import { describe, expect, it } from 'vitest'
import { RateLimit } from './rate-limit'

describe('the limit for a minute', () => {
  it('lets so many through at once, and then as they flow back', () => {
    let now = 0
    const limit = new RateLimit(60, () => now)
    for (let i = 0; i < 60; i++) expect(limit.take('a')).toBe(0)
    expect(limit.take('a')).toBe(1_000)
    now += 400
    expect(limit.take('a')).toBe(600)
    now += 600
    expect(limit.take('a')).toBe(0)
    expect(limit.take('a')).toBe(1_000)
    now += 60_000
    for (let i = 0; i < 60; i++) expect(limit.take('a')).toBe(0)
    expect(limit.take('a')).toBeGreaterThan(0)
  })

  it('is each address’s own', () => {
    const limit = new RateLimit(1, () => 0)
    expect(limit.take('a')).toBe(0)
    expect(limit.take('b')).toBe(0)
    expect(limit.take('a')).toBe(60_000)
  })

  it('remembers few addresses, and the busy ones longest', () => {
    let now = 0
    const limit = new RateLimit(1, () => now)
    limit.take('busy')
    for (let i = 0; i < 50_000; i++) {
      limit.take(`stranger-${i}`)
      if (i % 100 === 0) expect(limit.take('busy')).toBeGreaterThan(0)
    }
    expect(limit.size).toBe(10_000)
    now += 60_000
    expect(limit.take('busy')).toBe(0)
  })

  it('does not go wrong when the clock is set back', () => {
    let now = 1_000_000
    const limit = new RateLimit(1, () => now)
    expect(limit.take('a')).toBe(0)
    now = 0
    expect(limit.take('a')).toBe(60_000)
  })
})
