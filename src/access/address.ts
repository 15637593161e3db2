import { isIPv6, parseAddress, parseNetwork } from '../config/network'

/** An address without the disguises in which sockets and headers show it; null if it is none. */
export function plainAddress(text: string): string | null {
  const bare = text
    .trim()
    .replace(/^\[(.*)\](:\d{1,5})?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d{1,5}$/, '$1')
    .replace(/%.*$/, '')
  return parseAddress(bare)?.toString() ?? null
}

/** Whom limits count as one: an IPv4 address, or the /64 that one IPv6 customer has at least. */
export function networkOf(address: string): string {
  const parsed = parseAddress(address)
  if (!parsed || !isIPv6(parsed)) return address
  const network = parsed.parts.slice(0, 4).map((part) => part.toString(16))
  return `${network.join(':')}::/64`
}

/** Tells whether an address lies in one of the networks. */
export function memberOf(networks: readonly string[]): (address: string) => boolean {
  const known = networks.map(parseNetwork).filter((network) => network !== null)
  return (text) => {
    const address = parseAddress(text)
    return known.some((network) => address?.kind() === network[0].kind() && address.match(network))
  }
}
