import { parseApiEvents } from '../api-events'
import { parseClaudeCodeHook } from '../claude-code'
import { parseCodexHook } from '../codex'
import {
  parseDebate,
  parseIntervention,
  parseNothing,
  parsePhase,
  parseReason,
  parseResponse,
  parseUtterance,
} from '../debate-bodies'
import { parseJson, parseJsonLines } from '../json-text'
import { parseOtlpLogs } from '../otlp-logs'
import { parseOtlpMetrics } from '../otlp-metrics'
import type { Redact } from '../redact'

interface BodyContext {
  /** The machine that it is about, where the sender names it. */
  readonly host: string | null
}

export type BodyType = 'application/json' | 'application/x-ndjson'

/** What a body of each kind becomes. None of these looks at anything but what it is given. */
const PARSERS = {
  'claude-code': (payload: unknown, context: BodyContext) => ({
    reports: [parseClaudeCodeHook(payload, context)],
  }),
  codex: (payload: unknown, context: BodyContext) => ({
    reports: [parseCodexHook(payload, context)],
  }),
  'api-events': (payload: unknown, context: BodyContext) => ({
    reports: parseApiEvents(payload, context),
  }),
  'otlp-logs': (payload: unknown, context: BodyContext) => ({
    reports: parseOtlpLogs(payload, context),
  }),
  'otlp-metrics': parseOtlpMetrics,
  debate: parseDebate,
  utterance: parseUtterance,
  phase: parsePhase,
  reason: parseReason,
  nothing: parseNothing,
  intervention: parseIntervention,
  response: parseResponse,
}

export type BodyKind = keyof typeof PARSERS
export type Decoded<K extends BodyKind> = ReturnType<(typeof PARSERS)[K]>

export interface Body<K extends BodyKind = BodyKind> {
  readonly kind: K
  /** NDJSON is an array of its lines. */
  readonly type: BodyType
  /** UTF-8, unpacked. */
  readonly bytes: Uint8Array
  readonly context: BodyContext
}

/**
 * Everything between the bytes of a body and what Muster keeps of it; nothing passes that was not
 * redacted. Throws BadInput. Takes time in proportion to the bytes.
 */
export function decodeBody<K extends BodyKind>(
  { kind, type, bytes, context }: Body<K>,
  redact: Redact,
): Decoded<K> {
  const text = new TextDecoder().decode(bytes)
  const payload = redact(type === 'application/json' ? parseJson(text) : parseJsonLines(text))
  return PARSERS[kind](payload, context) as Decoded<K>
}
