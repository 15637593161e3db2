import { describe, expect, it } from 'vitest'
import { FailedTokens } from './failed-tokens'

describe('wrong tokens', () => {
  it('make an address wait when they are too many', () => {
    let now = 0
    const wrong = new FailedTokens(3, () => now)
    for (let i = 0; i < 3; i++) expect(wrong.add('a', `guess ${i}`)).toBe(0)
    now = 20_000
    expect(wrong.add('a', 'another')).toBe(40_000)
    expect(wrong.add('b', 'another')).toBe(0)
    now = 60_000
    expect(wrong.add('a', 'another')).toBe(0)
  })

  it('lock out whatever could be a guess when they were different', () => {
    let now = 0
    const wrong = new FailedTokens(3, () => now)
    for (let i = 0; i < 3; i++) wrong.add('a', `guess ${i}`)
    expect(wrong.lockedFor('a')).toBe(60_000)
    expect(wrong.lockedFor('b')).toBe(0)
    expect(wrong.countLocked()).toBe(1)
    now = 60_000
    expect(wrong.lockedFor('a')).toBe(0)
  })

  it('lock out nobody else when a program repeats its old one', () => {
    const wrong = new FailedTokens(3, () => 0)
    for (let i = 0; i < 1_000; i++) wrong.add('a', 'the old one')
    expect(wrong.add('a', 'the old one')).toBe(60_000)
    expect(wrong.lockedFor('a')).toBe(0)
    expect(wrong.refusedFor('a', 'the old one')).toBe(60_000)
    expect(wrong.refusedFor('a', 'the right one')).toBe(0)
  })

  it('of any number of addresses take little memory', () => {
    let now = 0
    const wrong = new FailedTokens(3, () => now)
    for (let i = 0; i < 30_000; i++) wrong.add(`stranger-${i}`, 'guess')
    expect(wrong.size).toBeLessThanOrEqual(10_000)
    now = 60_000
    wrong.add('a', 'guess')
    expect(wrong.size).toBe(1)
  })
})
