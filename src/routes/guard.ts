import type { MiddlewareHandler } from 'hono'
import type { Env } from './env'

const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]'])
const PROXY_HEADERS = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
]

/**
 * Stands before everything else. Who asks for another host than this machine has been led here by
 * a name that was pointed at us (DNS rebinding); who comes through a proxy may be anybody; and what
 * another site's page sends on its own is not what the person at the machine wants.
 */
export function guard(): MiddlewareHandler<Env> {
  return async (c, next) => {
    const { incoming } = c.env
    const reason = refusal(incoming.method ?? 'GET', incoming.headers)
    if (reason) return c.json({ error: reason }, 403)
    return next()
  }
}

type Headers = Record<string, string | string[] | undefined>

function refusal(method: string, headers: Headers): string | null {
  const host = text(headers.host)
  if (!LOCAL_HOSTS.has(hostname(host))) {
    return `This Muster answers to localhost and 127.0.0.1 only, not to “${host.slice(0, 100)}”`
  }
  const proxy = PROXY_HEADERS.find((name) => headers[name] !== undefined)
  if (proxy) return `Requests through a proxy (${proxy}) are refused: everybody could be behind it`
  const origin = text(headers.origin)
  if (origin !== '' && !isSameOrigin(origin, host))
    return `Requests from ${origin.slice(0, 100)} are refused`
  if (text(headers['sec-fetch-site']) === 'cross-site' && !isNavigation(method, headers)) {
    return 'Requests from other sites are refused'
  }
  return null
}

/** A link that somebody followed: it shows a page and changes nothing. */
function isNavigation(method: string, headers: Headers): boolean {
  return (
    method === 'GET' &&
    text(headers['sec-fetch-mode']) === 'navigate' &&
    text(headers['sec-fetch-dest']) === 'document'
  )
}

function isSameOrigin(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase()
}

function hostname(host: string): string {
  return host.toLowerCase().replace(/:\d{1,5}$/, '')
}

function text(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(', ') : (value ?? '')
}
