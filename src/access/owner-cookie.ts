import type { IncomingMessage } from 'node:http'
import { newSecret } from './secret'

const NAME = 'muster_person'
const VALUE = /^[\w-]{43}$/
const YEAR_SECONDS = 365 * 86_400

/** The id of a browser where there are no logins: the cookie that it was given. */
export function personCookie({ headers }: IncomingMessage): string | null {
  const start = `${NAME}=`
  const found = (headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(start))
  const value = found?.slice(start.length) ?? ''
  return VALUE.test(value) ? value : null
}

/** A new one, for a browser that has none. Only ever given where no token is set, over plain http. */
export function newPersonCookie(): string {
  return `${NAME}=${newSecret()}; Path=/; Max-Age=${YEAR_SECONDS}; HttpOnly; SameSite=Lax`
}
