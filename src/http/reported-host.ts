import type { IncomingMessage } from 'node:http'
import { BadInput } from '../errors/app-error'

/** The machine that the report is about, where the sender names it: `X-Muster-Host`. */
export function reportedHost(incoming: IncomingMessage): string | null {
  const header = incoming.headers['x-muster-host']
  const host = (Array.isArray(header) ? header[0] : header)?.trim() ?? ''
  if (host === '') return null
  if (!/^[\w.:-]{1,200}$/.test(host)) {
    throw new BadInput('X-Muster-Host', 'X-Muster-Host has to be the name of a machine')
  }
  return host
}
