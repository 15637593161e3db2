import { isIP } from 'node:net'

/** Whether a text is `10.0.0.1`, `10.0.0.0/8` or the like of IPv6. */
export function isNetwork(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/')
  const family = isIP(address)
  if (family === 0 || more.length > 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bitsOf(family))
}

/** How long the addresses of a family are: 4 or 6. */
export function bitsOf(family: number): number {
  return family === 6 ? 128 : 32
}
