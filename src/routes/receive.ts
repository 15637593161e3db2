import type { IncomingMessage } from 'node:http'
import type { Redact } from '../ingest/redact'
import { inflate, parseJson, readBytes, requireContentType } from './body'
import { reportedHost } from './reported-host'

export type ReportType = 'application/json' | 'application/x-ndjson'

export interface Received {
  /** What was sent, without what must not be stored. NDJSON is an array of its lines. */
  readonly payload: unknown
  /** The machine that it is about, where the sender names it. */
  readonly host: string | null
  readonly bytes: number
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
