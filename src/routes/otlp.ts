import { type Context, Hono } from 'hono'
import { AppError } from '../errors/app-error'
import type { Report } from '../fleet/report'
import { requires } from '../http/access-policy'
import type { Env } from '../http/env'
import { readReportBody, recordFor } from '../http/read-report-body'
import type { Services } from '../http/services'
import type { BodyKind } from '../ingest/decode/decode-body'

const MAX_BYTES = 4 * 1024 * 1024

/** Telemetry as OTLP/HTTP exporters send it, in JSON. */
export function otlpRoutes(services: Services): Hono<Env> {
  const app = new Hono<Env>()
  const take = async <K extends BodyKind>(c: Context<Env>, kind: K) => {
    try {
      return await readReportBody(c, services, {
        kind,
        types: ['application/json'],
        maxBytes: MAX_BYTES,
        mayBeGzip: true,
      })
    } catch (error) {
      if (!(error instanceof AppError) || error.status !== 415) throw error
      throw new AppError(
        415,
        `${error.message}: set OTEL_EXPORTER_OTLP_PROTOCOL=http/json where the agent runs`,
      )
    }
  }
  const record = async (c: Context<Env>, reports: Report[], bytes: number) => {
    if (reports.length > 0) await recordFor(c, services, { reports, bytes })
  }
  app.post('/v1/logs', requires('report'), async (c) => {
    const { decoded, bytes } = await take(c, 'otlp-logs')
    await record(c, decoded.reports, bytes)
    return c.json({ partialSuccess: {} })
  })
  app.post('/v1/metrics', requires('report'), async (c) => {
    const { decoded, bytes } = await take(c, 'otlp-metrics')
    const { reports, rejected } = decoded
    await record(c, reports, bytes)
    return c.json({ partialSuccess: rejected === 0 ? {} : refusedSums(rejected) })
  })
  return app
}

function refusedSums(rejected: number) {
  return {
    rejectedDataPoints: String(rejected),
    errorMessage:
      'Sums since a start cannot be added up: set OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=delta',
  }
}
