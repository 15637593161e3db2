import { expect, test } from 'vitest'
import { hashPassword, verifyPassword } from './password-hash'

// Made by better-auth 1.6, which hashed passwords in Muster 0.1.
const STORED =
  '46991b3805b1794610631e9ac3529d99:bf22d38579a105577e164f063e0471b4aa4a4a3202aa8ce396f21731f326b7487138bd33e03bf1db993b6eb4793475ec38c90d96a095fbc93871dde0097129cd'
const STORED_COMPOSED =
  '9384ff173b4791053ca2e4bc46cfc751:30a34c202b7dbfd56124bd6a21a4efa45de8d45d9b64538dc534c0cc2ef55276cf046124036df85a1b41ef9252c292edd79a6f72a11524a5444bc6e6d4bbb205'

test('a password that was set before opens what it opened', async () => {
  expect(await verifyPassword('correct horse battery', STORED)).toBe(true)
  expect(await verifyPassword('correct horse batterz', STORED)).toBe(false)
  for (const written of ['\uFB01rst \u212Bngstr\u00F6m pass', 'first A\u030Angstro\u0308m pass']) {
    expect(await verifyPassword(written, STORED_COMPOSED), written).toBe(true)
  }
})

test('a hash has its own salt, and is of its password alone', async () => {
  const [one, other] = await Promise.all([
    hashPassword('p'.repeat(12)),
    hashPassword('p'.repeat(12)),
  ])
  expect(one).toMatch(/^[\da-f]{32}:[\da-f]{128}$/)
  expect(other).not.toBe(one)
  expect(await verifyPassword('p'.repeat(12), one)).toBe(true)
  expect(await verifyPassword('p'.repeat(13), one)).toBe(false)
})

test.each(['', ':', 'salt', 'salt:', 'salt:zz', 'salt:00'])(
  '%j is the hash of nothing',
  async (hash) => {
    expect(await verifyPassword('', hash)).toBe(false)
  },
)
