import { describe, expect, it } from 'vitest'
import { type DeviceCookie, Devices, deviceCookies, setDeviceCookie } from './devices'

const ADA = { id: 'ada', hash: 'salt:key' }
const DAY_MS = 86_400_000

describe('a known device', () => {
  it('is known for its account, with the password as it was, for 180 days', () => {
    let now = 1_000_000
    const devices = new Devices('secret', () => now)
    const cookie = devices.issue(ADA)
    const id = devices.find([cookie], ADA)
    expect(id).toMatch(/^[\w-]{43}$/)
    expect(devices.find([cookie], { ...ADA, hash: 'salt:other' })).toBeNull()
    expect(devices.find([cookie], { ...ADA, id: 'eve' })).toBeNull()
    expect(new Devices('another secret', () => now).find([cookie], ADA)).toBeNull()
    now += 179 * DAY_MS
    expect(devices.find([cookie], ADA)).toBe(id)
    now += 2 * DAY_MS
    expect(devices.find([cookie], ADA)).toBeNull()
  })

  it('is not one that a stranger makes up or changes', () => {
    const devices = new Devices('secret')
    const cookie = devices.issue(ADA)
    for (let at = 0; at < cookie.value.length; at++) {
      const letter = cookie.value[at] === 'x' ? 'y' : 'x'
      const value = `${cookie.value.slice(0, at)}${letter}${cookie.value.slice(at + 1)}`
      expect(devices.find([{ ...cookie, value }], ADA), value).toBeNull()
    }
    expect(devices.find([{ ...cookie, value: '' }], ADA)).toBeNull()
    const eves = { name: devices.issue({ ...ADA, id: 'eve' }).name, value: cookie.value }
    expect(devices.find([eves], ADA)).toBeNull()
  })

  it('may be one for several accounts', () => {
    const devices = new Devices('secret')
    const eve = { id: 'eve', hash: 'salt:key' }
    const cookies = [devices.issue(ADA), devices.issue(eve)]
    expect(devices.find(cookies, ADA)).not.toBeNull()
    expect(devices.find(cookies, eve)).not.toBeNull()
    expect(cookies[0]?.name).not.toBe(cookies[1]?.name)
  })
})

describe('its cookie', () => {
  const cookie: DeviceCookie = new Devices('secret').issue(ADA)

  it.each([true, false])('is sent with logins only; over https: %s', (isSecure) => {
    const text = setDeviceCookie(cookie, isSecure)
    expect(text).toMatch(
      /^(__Secure-)?muster_device_[\w-]{10}=[\w.-]+; Path=\/login; Max-Age=15552000; HttpOnly; SameSite=Strict(; Secure)?$/,
    )
    expect(text.includes('Secure')).toBe(isSecure)
    const sent = `other=1; ${text.split(';')[0]}; muster_session=x`
    expect(deviceCookies(sent, isSecure)).toEqual([cookie])
    expect(deviceCookies(sent, !isSecure)).toEqual([])
  })

  it('is looked for among few', () => {
    const many = Array.from({ length: 100 }, () => `${cookie.name}=${cookie.value}`).join('; ')
    expect(deviceCookies(many, false)).toHaveLength(10)
    expect(deviceCookies(`${cookie.name}=${'x'.repeat(10_000)}`, false)).toEqual([])
  })
})
