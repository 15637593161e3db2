import type { Report, ReportedUsage } from '../fleet/report'
import { firstLine } from '../fleet/text'
import { MAX_USAGE, usageEvent } from '../fleet/usage-event'
import type { JsonObject } from '../log/event-row'
import { cleanString } from './clean-string'
import { hashKey } from './hook-report'
import { hashJson } from './json-hash'
import { parseSums, type SumPoint, textOf, timeOf } from './otlp'
import { whoSent } from './otlp-session'
import { NO_FIGURES } from './usage'

type Figure = keyof typeof NO_FIGURES

const TOKENS: Readonly<Record<string, Figure>> = {
  input: 'inputTokens',
  output: 'outputTokens',
  cacheRead: 'cacheReadTokens',
  cacheCreation: 'cacheCreationTokens',
}

interface ParsedMetrics {
  readonly reports: Report[]
  /** Points of usage that are sums since a start: what was counted of them before is not known. */
  readonly rejected: number
}

/**
 * Turns the sums of tokens and cost in Claude Code's telemetry into reports of usage. They count for
 * sessions that do not report each request; other metrics say nothing that Muster shows.
 */
export function parseOtlpMetrics(body: unknown, context: { host: string | null }): ParsedMetrics {
  const points = parseSums(body).filter((point) => figureOf(point) !== null)
  const deltas = points.filter(({ isDelta }) => isDelta)
  return {
    reports: deltas.flatMap((point) => toReport(point, context)),
    rejected: points.length - deltas.length,
  }
}

function toReport(point: SumPoint, context: { host: string | null }): Report[] {
  const { attributes, value, name, startNano, timeNano } = point
  const figure = figureOf(point)
  if (figure === null || !(value > 0 && value <= MAX_USAGE)) return []
  const session = textOf(attributes, 'session.id')
  const model = firstLine(textOf(attributes, 'model') ?? '', 200) || null
  const usage: ReportedUsage = { source: 'metric', model, ...NO_FIGURES, [figure]: value }
  const more: JsonObject = session === null ? {} : { session_uuid: cleanString(session, 600) }
  const series = [session, name, hashJson(attributes), startNano, timeNano]
  return [
    {
      ...whoSent(attributes, context),
      signal: { kind: 'logged' },
      event: usageEvent(usage, more),
      dedupeKey: timeNano === '' ? null : hashKey('otlp', series),
      reportedAt: timeOf(timeNano),
    },
  ]
}

function figureOf({ name, attributes }: SumPoint): Figure | null {
  if (name === 'claude_code.cost.usage') return 'costUsd'
  if (name !== 'claude_code.token.usage') return null
  const type = textOf(attributes, 'type') ?? ''
  return Object.hasOwn(TOKENS, type) ? (TOKENS[type] ?? null) : null
}
