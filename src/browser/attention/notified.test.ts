import { expect, test } from 'vitest'
import { rememberTold, shownKeys, wasNotified } from './notified'

const none: ReadonlySet<string> = new Set()

test('what was told stays told when it is taken back', () => {
  rememberTold(['a', 'b'], true, none)
  expect(shownKeys()).toEqual(['a', 'b'])
  rememberTold(['a'], false, none)
  expect(shownKeys()).toEqual(['b'])
  expect(wasNotified('a')).toBe(true)
  expect(wasNotified('c')).toBe(false)
})

test('the oldest are forgotten, but never what is still open', () => {
  rememberTold(['still open'], true, none)
  const many = Array.from({ length: 600 }, (_, i) => `later ${i}`)
  rememberTold(many, false, new Set(['still open']))
  expect(wasNotified('later 0')).toBe(false)
  expect(wasNotified('later 599')).toBe(true)
  expect(wasNotified('still open')).toBe(true)
})
