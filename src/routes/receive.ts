import type { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import type { Receipt } from '../fleet/recorder'
import type { Report } from '../fleet/report'
import type { BodyKind, BodyType, Decoded } from '../ingest/decode/decode-body'
import { inflate, readBytes, requireContentType } from './body'
import type { Env } from './env'
import { reportedHost } from './reported-host'
import type { Services } from './services'

export interface Received<K extends BodyKind> {
  /** What was sent, without what must not be stored. */
  readonly decoded: Decoded<K>
  /** Of the body, unpacked. */
  readonly bytes: number
}

/**
 * Stores reports for who was let in, within the projects that they may report for. Every route that
 * takes reports goes through it.
 */
export function recordFor(
  c: Context<Env>,
  { recorder }: Pick<Services, 'recorder'>,
  { reports, bytes }: { reports: readonly Report[]; bytes: number },
): Promise<Receipt> {
  return recorder.record(reports, bytes, c.get('visitor').rights.projectIds)
}

export interface ReceiveOptions<K extends BodyKind> {
  readonly kind: K
  readonly types: readonly BodyType[]
  /** Of the body as it is read, packed or not. */
  readonly maxBytes: number
  readonly mayBeGzip?: boolean
}

/** The one door for reports: nothing of a body gets past it that was not looked through. */
export async function receive<K extends BodyKind>(
  incoming: IncomingMessage,
  { bodies }: Pick<Services, 'bodies'>,
  { kind, types, maxBytes, mayBeGzip = false }: ReceiveOptions<K>,
): Promise<Received<K>> {
  const type = requireContentType(incoming, types, mayBeGzip ? ['gzip'] : [])
  const sent = await readBytes(incoming, maxBytes)
  const isGzip = incoming.headers['content-encoding'] === 'gzip'
  const body = isGzip ? await inflate(sent, maxBytes) : sent
  const bytes = body.length
  const context = { host: reportedHost(incoming) }
  return { decoded: await bodies.decode({ kind, type, bytes: body, context }), bytes }
}
