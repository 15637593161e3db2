import { isIPv6 } from 'node:net'
import type { Config } from '../config/load'

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']
/** Listening there is listening everywhere; no client asks for it by this name. */
const EVERYWHERE = new Set(['0.0.0.0', '::'])

/** The names under which this Muster may be asked for. */
export function allowedHosts(config: Pick<Config, 'host' | 'publicUrl' | 'allowedHosts'>) {
  const own = EVERYWHERE.has(config.host) ? [] : [config.host]
  const names = [
    ...own,
    ...config.allowedHosts,
    ...(config.publicUrl ? [config.publicUrl.host] : []),
  ]
  return new Set([...LOOPBACK, ...names.map(hostname)])
}

/** The name in a Host header, without its port and as all write it. */
export function hostname(host: string): string {
  if (isIPv6(host)) return `[${host.toLowerCase()}]`
  return host.toLowerCase().replace(/:\d{1,5}$/, '')
}
