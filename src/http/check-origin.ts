import type { IncomingMessage } from 'node:http'
import type { MiddlewareHandler } from 'hono'
import { plainAddress } from '../access/address'
import { allowedHosts, hostname } from '../access/hosts'
import { proxyHeader, textOf } from '../access/peer'
import { AppError } from '../errors/app-error'
import { allowOrigin, isPreflight, PREFLIGHT_HEADERS } from './cors'
import type { Env } from './env'
import { isApiPath } from './paths'
import type { Services } from './services'

/** What a browser sends for a form, and lets any site send; nothing at all is what it is without fields. */
const FORM_TYPES = /^(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain|)$/

/**
 * Runs before all other middleware. A request for another host comes by a name that was pointed at
 * this server (DNS rebinding); one through a proxy, without authentication, may come from any client;
 * one that another site's page sends by itself is no wish of the user, unless the configuration names
 * that site.
 */
export function checkOrigin({
  config,
  access,
}: Pick<Services, 'config' | 'access'>): MiddlewareHandler<Env> {
  const hosts = allowedHosts(config)
  return async (c, next) => {
    const { incoming, outgoing } = c.env
    const notHere = wrongHost(incoming, hosts) ?? (access.isOpen ? throughProxy(incoming) : null)
    if (notHere) throw new AppError(403, notHere)
    if (allowOrigin(incoming, outgoing, config.corsOrigins)) {
      return isPreflight(incoming) ? c.body(null, 204, PREFLIGHT_HEADERS) : next()
    }
    const { scheme } = access.peerOf(incoming)
    const own = ownOrigins(incoming, config.publicUrl, scheme)
    const notOurs = otherSite(incoming, own) ?? unsignedForm(incoming, c.req.path)
    if (notOurs) throw new AppError(403, notOurs)
    return next()
  }
}

function wrongHost(incoming: IncomingMessage, hosts: ReadonlySet<string>): string | null {
  const { url = '', headers, rawHeaders, socket } = incoming
  // Absolute addresses are for proxies, and would be believed over the Host that is looked at here.
  if (!url.startsWith('/')) return 'Muster is no proxy: ask for a path'
  const given = rawHeaders.filter((name, index) => index % 2 === 0 && /^host$/i.test(name)).length
  if (given > 1) return 'A request may name one host only'
  const host = textOf(headers.host)
  const name = hostname(host)
  if (hosts.has(name)) return null
  // An address cannot be pointed elsewhere: a page that asks for the very one it reached comes from here.
  const reached = plainAddress(socket.localAddress ?? '')
  if (reached !== null && name === hostname(reached)) return null
  return `This Muster does not answer to “${host.slice(0, 100)}”: if that is its name, put it into server.allowed_hosts`
}

function throughProxy(incoming: IncomingMessage): string | null {
  const header = proxyHeader(incoming)
  if (header === undefined) return null
  return `Requests through a proxy (${header}) are refused, because everybody could be behind it: set MUSTER_TOKEN`
}

/** Where pages come from that this Muster has sent. Behind a proxy it may be asked under another name. */
function ownOrigins({ headers }: IncomingMessage, publicUrl: URL | null, scheme: string): string[] {
  const host = textOf(headers.host)
  const origins = publicUrl ? [publicUrl.origin] : []
  const own = `${scheme}://${host}`
  // Under its public name it is to be asked by its public scheme only.
  if (host === publicUrl?.host || !URL.canParse(own)) return origins
  return [...origins, new URL(own).origin]
}

function otherSite(incoming: IncomingMessage, own: readonly string[]): string | null {
  const origin = textOf(incoming.headers.origin)
  if (origin !== '' && !(URL.canParse(origin) && own.includes(new URL(origin).origin))) {
    return `Requests from ${origin.slice(0, 100)} are refused`
  }
  // Another port of this machine is the same site, with the same cookies.
  const site = textOf(incoming.headers['sec-fetch-site'])
  if ((site === 'cross-site' || site === 'same-site') && !isLinkToPage(incoming)) {
    return 'Requests from other sites are refused'
  }
  return null
}

/**
 * What pages do is done by pages: browsers say with each form where it comes from. It has been looked
 * at before whether that is here.
 */
function unsignedForm({ method, headers }: IncomingMessage, path: string): string | null {
  if (method === 'GET' || method === 'HEAD' || isApiPath(path)) return null
  const type = textOf(headers['content-type']).split(';')[0]?.trim().toLowerCase() ?? ''
  if (!FORM_TYPES.test(type)) return null
  const isSigned =
    textOf(headers.origin) !== '' || textOf(headers['sec-fetch-site']) === 'same-origin'
  if (isSigned) return null
  return 'Forms are taken from Muster’s own pages: this request does not say that it comes from one'
}

/** A followed link: it shows a page and changes nothing. */
function isLinkToPage({ method, url, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    !isApiPath((url ?? '').split('?')[0] ?? '') &&
    textOf(headers['sec-fetch-mode']) === 'navigate' &&
    textOf(headers['sec-fetch-dest']) === 'document'
  )
}
