import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { Peers } from './peer'

const request = (remoteAddress: string, headers: Record<string, string> = {}) =>
  ({ socket: { remoteAddress }, headers }) as unknown as IncomingMessage

describe('the other end of a request', () => {
  const peers = new Peers({ publicUrl: null, trustedProxies: ['10.0.0.0/8', '127.0.0.1'] })

  it('is the socket’s, where no proxy is known', () => {
    const headers = { 'x-forwarded-for': '9.9.9.9', 'x-forwarded-proto': 'https' }
    expect(peers.of(request('::ffff:192.0.2.1', headers))).toEqual({
      address: '192.0.2.1',
      network: '192.0.2.1',
      scheme: 'http',
      isSecure: false,
    })
  })

  it.each([
    ['8.8.8.8', '8.8.8.8'],
    // What is left of the first stranger is what that stranger wrote.
    ['1.1.1.1, 8.8.8.8', '8.8.8.8'],
    ['1.1.1.1, 8.8.8.8, 10.0.0.7', '8.8.8.8'],
    ['10.0.0.9, 8.8.8.8, 10.0.0.7', '8.8.8.8'],
    ['10.0.0.3', '10.0.0.3'],
    ['8.8.8.8, nonsense', '10.0.0.1'],
    ['nonsense, 8.8.8.8', '8.8.8.8'],
    ['', '10.0.0.1'],
    [',,,', '10.0.0.1'],
  ])('behind a proxy that says %j is %s', (forwarded, address) => {
    const { address: found } = peers.of(request('10.0.0.1', { 'x-forwarded-for': forwarded }))
    expect(found).toBe(address)
  })

  it('speaks https where the proxy says so, or the public address does', () => {
    const says = (proto: string) => peers.of(request('127.0.0.1', { 'x-forwarded-proto': proto }))
    expect(says('https').isSecure).toBe(true)
    expect(says('https, http').isSecure).toBe(false)
    expect(says('http').isSecure).toBe(false)
    const behind = new Peers({ publicUrl: new URL('https://muster.test'), trustedProxies: [] })
    expect(behind.of(request('127.0.0.1'))).toMatchObject({ isSecure: true, scheme: 'http' })
  })
})
