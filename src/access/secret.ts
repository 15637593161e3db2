import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** Whether two texts are equal, in a time that does not say where they differ or how long they are. */
export function isSameSecret(one: string, other: string): boolean {
  return timingSafeEqual(sha256(one), sha256(other))
}

/** 256 random bits as 43 characters that may stand in a cookie. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** What is stored in place of a secret. Under another key it is another text. */
export function keyedHash(key: string, secret: string): string {
  return createHmac('sha256', key).update(secret).digest('base64url')
}

/** What is stored in place of a random secret. */
export function hashOf(secret: string): string {
  return sha256(secret).toString('base64url')
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
