import { UsageError } from './command'

type Env = Readonly<Record<string, string | undefined>>

/** Where Muster is, if its settings in the environment are those of the server. */
export function defaultAddress({ HOST, PORT }: Env): string {
  const host = !HOST || ['0.0.0.0', '::'].includes(HOST) ? '127.0.0.1' : HOST
  return `http://${host.includes(':') ? `[${host}]` : host}:${PORT || '4690'}`
}

/** Scheme, name and port. Whatever else there is could not be meant, and might be a secret. */
export function parseAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:'
  if (!url || !isWeb) throw new UsageError(`--url has to be like http://127.0.0.1:4690`)
  const hasMore = url.pathname !== '/' || `${url.search}${url.hash}${url.username}` !== ''
  if (hasMore || url.password !== '') {
    throw new UsageError(`--url has to be scheme, name and port only, like ${url.origin}`)
  }
  return url.origin
}
