import { isSameSecret, keyedHash, newSecret } from './secret'

const DEVICE_SECONDS = 180 * 86_400
const SHAPE = /^([0-9a-z]{1,10})\.([\w-]{43})\.([\w-]{43})$/
const NAME = 'muster_device_'
/** Accounts that one browser is known for; a header with more of these cookies was made by hand. */
const MAX_COOKIES = 10

/** An account, and the hash of its present password. */
interface DeviceOwner {
  readonly id: string
  readonly hash: string
}

/** A cookie by which a browser is known to have logged in to an account before. */
export interface DeviceCookie {
  readonly name: string
  readonly value: string
}

/**
 * Browsers that have logged in: a signed cookie for each account, which opens nothing by itself. With
 * it the right password is heard while guesses of others are slowed down. It is worth nothing after
 * 180 days, for another account, or once the password has changed.
 */
export class Devices {
  private readonly key: string

  constructor(
    secret: string,
    private readonly now: () => number = Date.now,
  ) {
    this.key = keyedHash(secret, 'devices')
  }

  issue(owner: DeviceOwner): DeviceCookie {
    const issued = Math.floor(this.now() / 1_000).toString(36)
    const id = newSecret()
    return {
      name: this.nameFor(owner),
      value: `${issued}.${id}.${this.signature(owner, issued, id)}`,
    }
  }

  /** The id of the browser that shows this cookie of the account; null if none of them is. */
  find(cookies: readonly DeviceCookie[], owner: DeviceOwner): string | null {
    const name = this.nameFor(owner)
    for (const cookie of cookies) {
      const [, issued = '', id = '', signature = ''] =
        (cookie.name === name && SHAPE.exec(cookie.value)) || []
      const age = this.now() / 1_000 - Number.parseInt(issued, 36)
      if (!(age < DEVICE_SECONDS)) continue
      if (isSameSecret(signature, this.signature(owner, issued, id))) return id
    }
    return null
  }

  /** A keyed name: without the secret it does not tell which account the cookie is of. */
  private nameFor({ id }: DeviceOwner): string {
    return `${NAME}${keyedHash(this.key, `name\n${id}`).slice(0, 10)}`
  }

  private signature({ id, hash }: DeviceOwner, issued: string, deviceId: string): string {
    return keyedHash(this.key, JSON.stringify([id, hash, issued, deviceId]))
  }
}

/** The cookies of a request that have the name and the shape of a device's. */
export function deviceCookies(header: string, isSecure: boolean): DeviceCookie[] {
  const start = `${prefixOf(isSecure)}${NAME}`
  return header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(start))
    .map((pair) => pair.slice(prefixOf(isSecure).length).split('='))
    .map(([name = '', value = '']) => ({ name, value }))
    .filter(({ value }) => SHAPE.test(value))
    .slice(0, MAX_COOKIES)
}

/** Sent with logins only, and by Muster's own pages only. */
export function setDeviceCookie({ name, value }: DeviceCookie, isSecure: boolean): string {
  const parts = [`${prefixOf(isSecure)}${name}=${value}`, 'Path=/login']
  const limits = [`Max-Age=${DEVICE_SECONDS}`, 'HttpOnly', 'SameSite=Strict']
  return [...parts, ...limits, ...(isSecure ? ['Secure'] : [])].join('; ')
}

function prefixOf(isSecure: boolean): string {
  return isSecure ? '__Secure-' : ''
}
