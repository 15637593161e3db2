import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Recorder } from '../fleet/recorder'
import type { Retention } from '../log/retention'
import type { Tail } from '../log/tail'
import type { Connections } from '../stream/connections'
import type { LogStreams } from '../stream/log-streams'
import type { PageStreams } from '../stream/page-streams'
import { watchGuessing, watchReportLimits } from './access-metrics'
import { LogMetrics } from './log-metrics'
import { RequestMetrics } from './request-metrics'
import { StreamMetrics } from './stream-metrics'

interface Watched {
  readonly recorder: Recorder
  readonly retention: Retention
  readonly tail: Tail
  readonly bounds: { readonly count: number }
  readonly connections: Connections
  readonly logStreams: LogStreams
  readonly pageStreams: PageStreams
}

/**
 * How this process does, for Prometheus. The parts know nothing of it: they call back once for a
 * batch, or keep plain numbers, which are read at each scrape.
 */
export class Telemetry {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE
  readonly log: LogMetrics
  readonly requests: RequestMetrics
  readonly streams: StreamMetrics
  private readonly registry = new Registry()

  constructor() {
    collectDefaultMetrics({ register: this.registry })
    this.log = new LogMetrics(this.registry)
    this.requests = new RequestMetrics(this.registry)
    this.streams = new StreamMetrics(this.registry)
  }

  watch(parts: Watched): void {
    this.log.watch(parts)
    this.requests.watch(parts)
    this.streams.watch(parts)
  }

  /** The same, for what is opened last. */
  watchAccess(
    access: Parameters<typeof watchGuessing>[1] & Parameters<typeof watchReportLimits>[1],
  ): void {
    watchGuessing(this.registry, access)
    watchReportLimits(this.registry, access)
  }

  /** All of it in Prometheus' text format. */
  text(): Promise<string> {
    return this.registry.metrics()
  }
}
