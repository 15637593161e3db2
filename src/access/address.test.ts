import { describe, expect, it, test } from 'vitest'
import { parseNetwork } from '../config/network'
import { memberOf, networkOf, plainAddress } from './address'

test.each([
  ['127.0.0.1', '127.0.0.1'],
  [' 10.0.0.1:5123 ', '10.0.0.1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['::ffff:a00:1', '10.0.0.1'],
  ['[2001:DB8::1]:443', '2001:db8::1'],
  ['2001:0db8:0:0:0::1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['unknown', null],
  ['', null],
  ['10.0.0.256', null],
  ['010.0.0.1', null],
  ['0x7f.1', null],
  ['1::2::3', null],
  ['10.0.0.1, 10.0.0.2', null],
])('%j is the address %j', (text, address) => {
  expect(plainAddress(text)).toBe(address)
})

test.each([
  ['10.1.2.3', '10.1.2.3'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:0db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('%s is counted as %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

describe('networks that are trusted', () => {
  it('hold single addresses and ranges of both families', () => {
    const isMember = memberOf(['10.0.0.1', '172.16.0.0/12', '2001:db8::/32', '::1'])
    for (const address of ['10.0.0.1', '172.31.255.1', '2001:db8:9::1', '::1']) {
      expect(isMember(address), address).toBe(true)
    }
    for (const address of ['10.0.0.2', '172.32.0.1', '2001:db9::1', '::2', '']) {
      expect(isMember(address), address).toBe(false)
    }
    expect(memberOf([])('127.0.0.1')).toBe(false)
    expect(memberOf(['::ffff:10.0.0.0/104'])('10.1.2.3')).toBe(true)
  })

  it('are written in one way only', () => {
    for (const text of ['10.0.0.1', '10.0.0.0/8', '::1', '2001:db8::/32', '0.0.0.0/0']) {
      expect(parseNetwork(text), text).not.toBeNull()
    }
    for (const text of [
      '10.0.0.0/33',
      '10.0.0/8',
      '10.0.0.0/8/8',
      '10.0.0.0/',
      'localhost',
      '/8',
    ]) {
      expect(parseNetwork(text), text).toBeNull()
    }
  })
})
