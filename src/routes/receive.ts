import type { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import type { Receipt } from '../fleet/recorder'
import type { Report } from '../fleet/report'
import type { Redact } from '../ingest/redact'
import { inflate, parseJson, readBytes, requireContentType } from './body'
import type { Env } from './env'
import { reportedHost } from './reported-host'
import type { Services } from './services'

export type ReportType = 'application/json' | 'application/x-ndjson'

export interface Received {
  /** What was sent, without what must not be stored. NDJSON is an array of its lines. */
  readonly payload: unknown
  /** The machine that it is about, where the sender names it. */
  readonly host: string | null
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

export interface ReceiveOptions {
  readonly types: readonly ReportType[]
  /** Of the body as it is read, packed or not. */
  readonly maxBytes: number
  readonly redact: Redact
  readonly mayBeGzip?: boolean
}

/** The one door for reports: nothing of a body gets past it that was not looked through. */
export async function receive(
  incoming: IncomingMessage,
  { types, maxBytes, redact, mayBeGzip = false }: ReceiveOptions,
): Promise<Received> {
  const type = requireContentType(incoming, types, mayBeGzip ? ['gzip'] : [])
  const sent = await readBytes(incoming, maxBytes)
  const isGzip = incoming.headers['content-encoding'] === 'gzip'
  const body = new TextDecoder().decode(isGzip ? await inflate(sent, maxBytes) : sent)
  const parsed = type === 'application/json' ? parseJson(body) : parseLines(body)
  return { payload: redact(parsed), host: reportedHost(incoming), bytes: body.length }
}

function parseLines(body: string): unknown[] {
  return body
    .split('\n')
    .map((text, index) => ({ text: text.trim(), line: index + 1 }))
    .filter(({ text }) => text !== '')
    .map(({ text, line }) => parseJson(text, line))
}
