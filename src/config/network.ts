import ipaddr from 'ipaddr.js'

export type Address = ipaddr.IPv4 | ipaddr.IPv6
type Network = [address: Address, prefix: number]

/** An address, and IPv4 in its four-part decimal form only; an IPv4 address mapped to IPv6 is plain. */
export function parseAddress(text: string): Address | null {
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text)
  return isAddress ? ipaddr.process(text) : null
}

/** `10.0.0.1`, `10.0.0.0/8` or the like of IPv6. */
export function parseNetwork(text: string): Network | null {
  if (!text.includes('/')) {
    const address = parseAddress(text)
    return address && [address, address.kind() === 'ipv6' ? 128 : 32]
  }
  const isNetwork = ipaddr.IPv4.isValidCIDRFourPartDecimal(text) || ipaddr.IPv6.isValidCIDR(text)
  if (!isNetwork) return null
  const [address, prefix] = ipaddr.parseCIDR(text)
  const isMapped = prefix >= 96 && isIPv6(address) && address.isIPv4MappedAddress()
  return isMapped ? [address.toIPv4Address(), prefix - 96] : [address, prefix]
}

export function isIPv6(address: Address): address is ipaddr.IPv6 {
  return address.kind() === 'ipv6'
}
