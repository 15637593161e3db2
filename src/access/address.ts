import { BlockList, isIP } from 'node:net'
import { bitsOf } from '../config/network'

/** An address without the disguises in which sockets and headers show it; null if it is none. */
export function plainAddress(text: string): string | null {
  const bare = text
    .trim()
    .toLowerCase()
    .replace(/^\[(.*)\](:\d{1,5})?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d{1,5}$/, '$1')
    .replace(/%.*$/, '')
    .replace(/^::ffff:(\d+\.\d+\.\d+\.\d+)$/, '$1')
  return isIP(bare) ? bare : null
}

/** Whom limits count as one: an IPv4 address, or the /64 that one IPv6 customer has at least. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const rest = tail === '' ? 0 : tail.split(':').length
    while (groups.length + rest < 8) groups.push('0')
  }
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64`
}

/** Tells whether an address lies in one of the networks. */
export function memberOf(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix] = network.split('/')
    const family = isIP(address)
    const type = family === 6 ? 'ipv6' : 'ipv4'
    list.addSubnet(address, prefix === undefined ? bitsOf(family) : Number(prefix), type)
  }
  return (address) =>
    isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}
