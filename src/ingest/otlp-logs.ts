import type { Decision, Signal } from '../fleet/machine/signal'
import type { Report, ReportedEvent } from '../fleet/report'
import { firstLine } from '../fleet/text'
import { MAX_USAGE, usageEvent } from '../fleet/usage-event'
import type { JsonObject } from '../log/event-row'
import { clean } from './clean'
import { cleanString } from './clean-string'
import { hashKey } from './hook-report'
import { type Attributes, type LogRecord, numberOf, parseLogRecords, textOf } from './otlp'
import { whoSent } from './otlp-session'

/** Reported by hooks in more detail, or about hooks themselves: no row for these. */
const TOLD_ELSEWHERE = new Set([
  'hook_registered',
  'hook_execution_start',
  'hook_execution_complete',
  'api_request_body',
  'api_response_body',
])

/**
 * Turns the log records of Claude Code's telemetry into reports: requests count as usage, decisions
 * close asks, everything else is a row. Throws BadInput where the body is no OTLP.
 */
export function parseOtlpLogs(body: unknown, context: { host: string | null }): Report[] {
  return parseLogRecords(body).flatMap((record) => {
    const name = record.name.replace(/^claude_code\./, '')
    return TOLD_ELSEWHERE.has(name) ? [] : [toReport(name, record, context)]
  })
}

function toReport(name: string, record: LogRecord, context: { host: string | null }): Report {
  const { attributes, at } = record
  const who = whoSent(attributes, context)
  const { signal, event } = meaningOf(name, attributes)
  return {
    ...who,
    signal: who.agent === null ? { kind: 'logged' } : signal,
    event,
    dedupeKey: dedupeKeyOf(name, attributes, at),
    reportedAt: at,
  }
}

function meaningOf(name: string, attributes: Attributes): { signal: Signal; event: ReportedEvent } {
  if (name === 'api_request') return request(attributes)
  if (name === 'tool_decision') return decision(attributes)
  const error = textOf(attributes, 'error') ?? textOf(attributes, 'error.message')
  const words = cleanString(name, 200).replaceAll('_', ' ') || 'a record without a name'
  const summary = firstLine(error === null ? words : `${words}: ${error}`, 200)
  const data = { ...sessionOf(attributes), payload: clean(attributes) }
  return { signal: { kind: 'logged' }, event: { type: typeOf(name), summary, data } }
}

/** One request of the agent to its model. Requests for itself say nothing about the turn. */
function request(attributes: Attributes): { signal: Signal; event: ReportedEvent } {
  const isOfTurn =
    textOf(attributes, 'prompt.id') !== null && attributes.query_source !== 'auxiliary'
  const usage = {
    source: 'request' as const,
    model: line(attributes, 'model'),
    inputTokens: figure(attributes, 'input_tokens'),
    outputTokens: figure(attributes, 'output_tokens'),
    cacheReadTokens: figure(attributes, 'cache_read_tokens'),
    cacheCreationTokens: figure(attributes, 'cache_creation_tokens'),
    costUsd: figure(attributes, 'cost_usd'),
  }
  const durationMs = numberOf(attributes.duration_ms)
  const more = { ...sessionOf(attributes), ...(durationMs !== null && { duration_ms: durationMs }) }
  return {
    signal: isOfTurn ? { kind: 'observed' } : { kind: 'logged' },
    event: usageEvent(usage, more),
  }
}

function decision(attributes: Attributes): { signal: Signal; event: ReportedEvent } {
  const toolName = line(attributes, 'tool_name') ?? ''
  const toolKey = textOf(attributes, 'tool_use_id')
  const source = line(attributes, 'source')
  const made = decisionOf(line(attributes, 'decision'), source)
  const event = {
    type: 'tool_decision',
    summary: `${toolName || 'A tool'} ${made ?? 'was decided on'}${source ? ` (${source})` : ''}`,
    data: {
      ...sessionOf(attributes),
      tool_name: toolName,
      tool_use_id: toolKey === null ? null : cleanString(toolKey, 600),
      decision: made,
      source,
    },
  }
  if (made === null) return { signal: { kind: 'logged' }, event }
  return { signal: { kind: 'decided', toolKey, toolName, decision: made }, event }
}

function decisionOf(said: string | null, source: string | null): Decision | null {
  if (source === 'user_abort') return 'aborted'
  if (said === 'accept') return 'accepted'
  return said === 'reject' ? 'rejected' : null
}

/** The same for a batch that is sent again, and for nothing else; null where nothing tells them apart. */
function dedupeKeyOf(name: string, attributes: Attributes, at: Date | null): string | null {
  const session = textOf(attributes, 'session.id')
  const requestId = name === 'api_request' ? textOf(attributes, 'request_id') : null
  if (requestId !== null) return hashKey('otlp', [session, name, requestId])
  const sequence = numberOf(attributes['event.sequence'])
  const time = at?.toISOString() ?? textOf(attributes, 'event.timestamp')
  if (time === null && sequence === null) return null
  const call = textOf(attributes, 'tool_use_id')
  return hashKey('otlp', [session, name, String(sequence), time, call])
}

function sessionOf(attributes: Attributes): JsonObject {
  const session = textOf(attributes, 'session.id')
  return session === null ? {} : { session_uuid: cleanString(session, 600) }
}

function line(attributes: Attributes, name: string): string | null {
  return firstLine(textOf(attributes, name) ?? '', 200) || null
}

function figure(attributes: Attributes, name: string): number {
  const value = numberOf(attributes[name])
  return value !== null && value >= 0 && value <= MAX_USAGE ? value : 0
}

function typeOf(name: string): string {
  const words = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
  return `otel_${words || 'unknown'}`.slice(0, 64).replace(/_+$/, '')
}
