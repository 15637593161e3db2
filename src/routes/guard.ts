import type { IncomingMessage } from 'node:http'
import type { MiddlewareHandler } from 'hono'
import type { Env } from './env'

const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]'])
const PROXY_HEADER = /^(forwarded|x-forwarded-.+|x-real-ip)$/
/** What programs use. Everything else is a page that a link may lead to. */
const FOR_PROGRAMS = /^\/(api|hooks|live)(\/|\?|$)/

/** The request is not what the person at the machine wants. */
export class Refused extends Error {}

/**
 * Stands before everything else. Who asks for another host than this machine has been led here by
 * a name that was pointed at us (DNS rebinding); who comes through a proxy may be anybody; and what
 * another site's page sends on its own is not what the person at the machine wants.
 */
export function guard(): MiddlewareHandler<Env> {
  return async (c, next) => {
    const reason = refusal(c.env.incoming)
    if (reason) throw new Refused(reason)
    return next()
  }
}

function refusal(incoming: IncomingMessage): string | null {
  const { headers } = incoming
  const host = text(headers.host)
  if (!LOCAL_HOSTS.has(hostname(host))) {
    return `This Muster answers to localhost and 127.0.0.1 only, not to “${host.slice(0, 100)}”`
  }
  const proxy = Object.keys(headers).find((name) => PROXY_HEADER.test(name))
  if (proxy) return `Requests through a proxy (${proxy}) are refused: everybody could be behind it`
  const origin = text(headers.origin)
  if (origin !== '' && !isSameOrigin(origin, host)) {
    return `Requests from ${origin.slice(0, 100)} are refused`
  }
  if (text(headers['sec-fetch-site']) === 'cross-site' && !isLinkToPage(incoming)) {
    return 'Requests from other sites are refused'
  }
  return null
}

/** A link that somebody followed: it shows a page and changes nothing. */
function isLinkToPage({ method, url, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    !FOR_PROGRAMS.test(url ?? '') &&
    text(headers['sec-fetch-mode']) === 'navigate' &&
    text(headers['sec-fetch-dest']) === 'document'
  )
}

function isSameOrigin(origin: string, host: string): boolean {
  return (
    URL.canParse(origin) &&
    URL.canParse(`http://${host}`) &&
    new URL(origin).origin === new URL(`http://${host}`).origin
  )
}

function hostname(host: string): string {
  return host.toLowerCase().replace(/:\d{1,5}$/, '')
}

function text(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(', ') : (value ?? '')
}
