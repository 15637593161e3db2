import type { IncomingMessage } from 'node:http'
import { BadReport } from '../ingest/bad-report'

/** The machine that the report is about, where the sender names it: `X-Muster-Host`. */
export function reportedHost(incoming: IncomingMessage): string | null {
  const header = incoming.headers['x-muster-host']
  const host = (Array.isArray(header) ? header[0] : header)?.trim() ?? ''
  if (host === '') return null
  if (!/^[\w.:-]{1,200}$/.test(host)) {
    throw new BadReport('X-Muster-Host has to be the name of a machine', 'X-Muster-Host')
  }
  return host
}
