import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { expect, test, vi } from 'vitest'
import { isSameSecret, keyedHash, newSecret } from './secret'

test('secrets are compared in constant time, whatever their length', () => {
  const compare = vi.spyOn(crypto, 'timingSafeEqual')
  // Those who import the function by its name get the one that is watched.
  syncBuiltinESMExports()
  expect(isSameSecret('a'.repeat(40), 'a'.repeat(40))).toBe(true)
  for (const other of ['', 'a', `${'a'.repeat(39)}b`, 'a'.repeat(41), 'ä'.repeat(40)]) {
    expect(isSameSecret('a'.repeat(40), other)).toBe(false)
  }
  expect(compare).toHaveBeenCalledTimes(6)
  compare.mockRestore()
  syncBuiltinESMExports()
})

test('a new secret is 32 random bytes that may stand in a cookie', () => {
  const secrets = new Set(Array.from({ length: 1_000 }, newSecret))
  expect(secrets.size).toBe(1_000)
  for (const secret of secrets) expect(secret).toMatch(/^[\w-]{43}$/)
})

test('a hash says nothing of the secret, and is another one under another key', () => {
  const secret = newSecret()
  expect(keyedHash('one token', secret)).not.toBe(keyedHash('another token', secret))
  expect(keyedHash('one token', secret)).toBe(keyedHash('one token', secret))
  expect(keyedHash('one token', secret)).not.toContain(secret)
})
