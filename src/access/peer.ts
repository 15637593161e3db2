import type { IncomingMessage } from 'node:http'
import type { Config } from '../config/load'
import { memberOf, networkOf, plainAddress } from './address'

/** The client of a request, as far as the network says it. */
export interface Peer {
  readonly address: string
  /** Whom limits count them with. */
  readonly network: string
  /** How they speak to the nearest proxy that is known, or to us. */
  readonly scheme: 'http' | 'https'
  /** Their browser speaks https. */
  readonly isSecure: boolean
}

const PROXY_HEADER = /^(forwarded|x-forwarded-.+|x-real-ip)$/

/**
 * Looks behind proxies that are known, and behind no other: what a stranger writes into
 * X-Forwarded-For says nothing.
 */
export class Peers {
  private readonly isTrusted: (address: string) => boolean
  private readonly isPublicSecure: boolean

  constructor({ publicUrl, trustedProxies }: Pick<Config, 'publicUrl' | 'trustedProxies'>) {
    this.isTrusted = memberOf(trustedProxies)
    this.isPublicSecure = publicUrl?.protocol === 'https:'
  }

  of(incoming: IncomingMessage): Peer {
    const nearest = plainAddress(incoming.socket.remoteAddress ?? '') ?? ''
    const address = this.clientBehind(nearest, incoming)
    const scheme = this.isTrusted(nearest) && saysHttps(incoming) ? 'https' : 'http'
    const isSecure = this.isPublicSecure || scheme === 'https'
    return { address, network: networkOf(address), scheme, isSecure }
  }

  /** From the right, the first hop that is no trusted proxy: the client may have forged what stands left of it. */
  private clientBehind(nearest: string, { headers }: IncomingMessage): string {
    const hops = textOf(headers['x-forwarded-for']).split(',')
    let address = nearest
    while (this.isTrusted(address) && hops.length > 0) {
      const next = plainAddress(hops.pop() ?? '')
      if (next === null) break
      address = next
    }
    return address
  }
}

/** The header by which a request shows that it came through a proxy, if it does. */
export function proxyHeader({ headers }: IncomingMessage): string | undefined {
  return Object.keys(headers).find((name) => PROXY_HEADER.test(name))
}

/** Of several values the last one is that of the nearest proxy. */
function saysHttps({ headers }: IncomingMessage): boolean {
  return textOf(headers['x-forwarded-proto']).split(',').at(-1)?.trim().toLowerCase() === 'https'
}

/** The text of a header, whether or not it was sent, and how often. */
export function textOf(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(', ') : (value ?? '')
}
