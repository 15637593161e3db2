import type { IncomingMessage } from 'node:http'

const NAME = 'muster_session'
const VALUE = /^[\w-]{43}$/
/** Other sites of the same domain can set cookies of this name; more than a few are an attack. */
const MAX_CANDIDATES = 4

/** Browsers refuse a cookie of this name that another host or plain http has set. */
function nameOf(isSecure: boolean): string {
  return isSecure ? `__Host-${NAME}` : NAME
}

/** Every value under the cookie's name that has the shape of one. */
export function sessionCookies({ headers }: IncomingMessage, isSecure: boolean): string[] {
  const start = `${nameOf(isSecure)}=`
  return (headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(start))
    .map((pair) => pair.slice(start.length))
    .filter((value) => VALUE.test(value))
    .slice(0, MAX_CANDIDATES)
}

/**
 * Lax, because a link in a chat should lead to the board and not to the login. What changes anything
 * is a POST, which other sites send without this cookie, and which the guard refuses besides.
 */
export function setSessionCookie(value: string, ageSeconds: number, isSecure: boolean): string {
  const parts = [`${nameOf(isSecure)}=${value}`, 'Path=/', `Max-Age=${ageSeconds}`, 'HttpOnly']
  return [...parts, 'SameSite=Lax', ...(isSecure ? ['Secure'] : [])].join('; ')
}

export function clearSessionCookie(isSecure: boolean): string {
  return setSessionCookie('', 0, isSecure)
}
