import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

const COST = { N: 16_384, r: 16, p: 1 }
// scrypt needs 128 · N · r bytes, and refuses to run where exactly as many are allowed.
const OPTIONS: ScryptOptions = { ...COST, maxmem: 2 * 128 * COST.N * COST.r }
const KEY_BYTES = 64
const SALT_BYTES = 16

/** The hash under which a password is stored: `salt:key`, both in hex; scrypt takes the salt as that text. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES).toString('hex')
  const key = await deriveKey(password, salt)
  return `${salt}:${key.toString('hex')}`
}

/** Tells whether it is the password of a hash that `hashPassword` made. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const [salt = '', key = ''] = hash.split(':')
  const stored = Buffer.from(key, 'hex')
  const given = await deriveKey(password, salt)
  return stored.length === given.length && timingSafeEqual(stored, given)
}

/** However a keyboard composes its letters, it is the same password. */
function deriveKey(password: string, salt: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, OPTIONS, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}
