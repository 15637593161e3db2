import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import type { Context } from 'hono'
import type { Report } from '../fleet/report'
import type { Receipt } from '../fleet/report-job'
import type { BodyKind, BodyType, Decoded } from '../ingest/decode/decode-body'
import { inflate, readBytes, requireContentType } from './body'
import type { Env } from './env'
import { reportedHost } from './reported-host'
import type { Services } from './services'

interface ReceivedReport<K extends BodyKind> {
  /** What was sent, without what must not be stored. */
  readonly decoded: Decoded<K>
  /** Of the body, unpacked. */
  readonly bytes: number
}

/**
 * Stores reports of the visitor, within the projects it may report for and its limits. Every route
 * that takes reports goes through it. Throws TooManyRequests, which is also
 * what reports with too much that is new are refused with.
 */
export async function recordFor(
  c: Context<Env>,
  { recorder, access, pageStreams }: Pick<Services, 'recorder' | 'access' | 'pageStreams'>,
  { reports, bytes }: { reports: readonly Report[]; bytes: number },
): Promise<Receipt> {
  const visitor = c.get('visitor')
  const sender = access.senderOf(visitor, c.env.incoming)
  access.reportLimits.countEvents(sender, reports.length)
  const allowance = access.reportLimits.allowanceFor(sender)
  const receipt = await recorder.record(reports, bytes, visitor.rights.projectIds, allowance)
  pageStreams.freshness.acknowledge(receipt.lastId)
  return receipt
}

interface ReceiveOptions<K extends BodyKind> {
  readonly kind: K
  readonly types: readonly BodyType[]
  /** Of the body as it is read, packed or not. */
  readonly maxBytes: number
  readonly mayBeGzip?: boolean
}

/** What is being received on a connection, where that is not over. */
const underWay = new WeakMap<Socket, Promise<unknown>>()

/**
 * Reads a body of reports: all of it is checked and redacted. Of pipelined requests a small one does
 * not overtake a large one: they are stored in the order in which they are answered.
 */
export async function readReportBody<K extends BodyKind>(
  c: Context<Env>,
  services: Pick<Services, 'bodies' | 'access'>,
  options: ReceiveOptions<K>,
): Promise<ReceivedReport<K>> {
  const { socket } = c.env.incoming
  const before = underWay.get(socket)
  const own = inTurn(before, read(c, services, options))
  const settled = own.catch(() => undefined)
  underWay.set(socket, settled)
  try {
    return await own
  } finally {
    if (underWay.get(socket) === settled) underWay.delete(socket)
  }
}

async function inTurn<T>(before: Promise<unknown> | undefined, work: Promise<T>): Promise<T> {
  const [done] = await Promise.all([work, before])
  // The request before goes on first.
  if (before) await setImmediate()
  return done
}

async function read<K extends BodyKind>(
  c: Context<Env>,
  { bodies, access }: Pick<Services, 'bodies' | 'access'>,
  { kind, types, maxBytes, mayBeGzip = false }: ReceiveOptions<K>,
): Promise<ReceivedReport<K>> {
  const { incoming } = c.env
  const type = requireContentType(incoming, types, mayBeGzip ? ['gzip'] : [])
  const sent = await readBytes(incoming, maxBytes)
  const isGzip = incoming.headers['content-encoding'] === 'gzip'
  const body = isGzip ? await inflate(sent, maxBytes) : sent
  const bytes = body.length
  const context = { host: reportedHost(incoming) }
  const sender = access.senderOf(c.get('visitor'), incoming)
  return { decoded: await bodies.decode({ kind, type, bytes: body, context }, sender), bytes }
}
