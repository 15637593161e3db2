import { expect, test, vi } from 'vitest'

const compared = vi.hoisted(() => ({ times: 0 }))
vi.mock('node:crypto', async (importActual) => {
  const actual = await importActual<typeof import('node:crypto')>()
  return {
    ...actual,
    timingSafeEqual: (one: NodeJS.ArrayBufferView, other: NodeJS.ArrayBufferView) => {
      compared.times++
      return actual.timingSafeEqual(one, other)
    },
  }
})

const { isSameSecret, keyedHash, newSecret } = await import('./secret')

test('secrets are compared in constant time, whatever their length', () => {
  expect(isSameSecret('a'.repeat(40), 'a'.repeat(40))).toBe(true)
  for (const other of ['', 'a', `${'a'.repeat(39)}b`, 'a'.repeat(41), 'ä'.repeat(40)]) {
    expect(isSameSecret('a'.repeat(40), other)).toBe(false)
  }
  expect(compared.times).toBe(6)
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
