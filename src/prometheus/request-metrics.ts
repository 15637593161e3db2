import { Counter, Histogram, type Registry } from 'prom-client'
import type { Recorder } from '../fleet/recorder'
import { mirrorCounter } from './mirror'

interface AnsweredRequest {
  /** The pattern of the route, like `/events/:id`; never the path, of which there are too many. */
  readonly route: string
  readonly method: string
  readonly status: number
  readonly ms: number
  /** It brought reports. */
  readonly isReport: boolean
}

/** Requests by route, and what became of reports. */
export class RequestMetrics {
  private readonly requests: Counter<'route' | 'method' | 'status'>
  private readonly durations: Histogram<'route' | 'method'>
  private readonly failed = { refused: 0, unavailable: 0, failed: 0 }

  constructor(private readonly registry: Registry) {
    this.requests = new Counter({
      name: 'muster_http_requests_total',
      help: 'Requests that were answered.',
      labelNames: ['route', 'method', 'status'],
      registers: [registry],
    })
    this.durations = new Histogram({
      name: 'muster_http_request_seconds',
      help: 'Until the answer was there to be sent; for streams, until they were open.',
      labelNames: ['route', 'method'],
      buckets: [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    })
  }

  onAnswer({ route, method, status, ms, isReport }: AnsweredRequest): void {
    this.requests.inc({ route, method, status })
    this.durations.observe({ route, method }, ms / 1_000)
    if (!isReport || status < 400) return
    if (status < 500) this.failed.refused++
    else if (status === 503) this.failed.unavailable++
    else this.failed.failed++
  }

  watch({ recorder }: { recorder: Recorder }): void {
    mirrorCounter(this.registry, {
      name: 'muster_reports_total',
      help: 'Reports that were accepted (stored) or duplicate (stored before); requests with reports that were refused (4xx), unavailable (503, to be sent again) or failed (500).',
      labelNames: ['outcome'],
      read: () => [
        [{ outcome: 'accepted' }, recorder.counters.accepted],
        [{ outcome: 'duplicate' }, recorder.counters.duplicates],
        [{ outcome: 'refused' }, this.failed.refused],
        [{ outcome: 'unavailable' }, this.failed.unavailable],
        [{ outcome: 'failed' }, this.failed.failed],
      ],
    })
  }
}
