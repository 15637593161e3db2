import { Counter, Histogram, type Registry } from 'prom-client'
import type { EventRow } from '../log/event-row'
import {
  type ConnectionEvent,
  type Connections,
  FAMILIES,
  type Family,
} from '../stream/connections'
import type { LogStreams } from '../stream/log-streams'
import type { PageStreams } from '../stream/page-streams'
import { CountsByType } from './event-types'
import { mirrorCounter, mirrorGauge } from './mirror'

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Connected clients, how streams ended, and what was sent. */
export class StreamMetrics {
  private readonly sent = new CountsByType()
  /** Of connections that are over. */
  private readonly bytes = new Map<Family, number>()
  private readonly opened: Counter<'family'>
  private readonly closed: Counter<'family' | 'reason'>
  private readonly refused: Counter<'family' | 'reason'>
  private readonly latency: Histogram
  private readonly flushes: Histogram

  constructor(private readonly registry: Registry) {
    const registers = [registry]
    this.opened = new Counter({
      name: 'muster_connections_opened_total',
      help: 'Streams that were opened.',
      labelNames: ['family'],
      registers,
    })
    this.closed = new Counter({
      name: 'muster_connections_closed_total',
      help: 'Streams that are over: client (it left), rotated, stalled (it read nothing for too long), unauthorized (its login ended), deleted (its view was), finished (all was said), dropped (its page is gone or has no room), busy (another visitor needed its place), ended (by an administrator), shutdown.',
      labelNames: ['family', 'reason'],
      registers,
    })
    this.refused = new Counter({
      name: 'muster_connections_refused_total',
      help: 'Streams that were answered 503: full (all taken), stopping.',
      labelNames: ['family', 'reason'],
      registers,
    })
    this.latency = new Histogram({
      name: 'muster_delivery_seconds',
      help: "From the time that the database gave an event (at) until it was written to those who read live; for the oldest event of each batch, once for each distinct stream and not for each reader. The database's clock and this machine's are compared.",
      buckets: SECONDS,
      registers,
    })
    this.flushes = new Histogram({
      name: 'muster_page_flush_seconds',
      help: 'How long it took to bring all watched pages up to date and write what changed to their readers.',
      buckets: SECONDS,
      registers,
    })
    mirrorCounter(registry, {
      name: 'muster_events_sent_total',
      help: 'Events written to readers of the log streams, by type, each reader counted; after 100 types the rest is "other".',
      labelNames: ['type'],
      read: () => [...this.sent.entries()].map(([type, count]) => [{ type }, count] as const),
    })
  }

  onConnection(event: ConnectionEvent): void {
    const { family } = event
    if (event.kind === 'opened') this.opened.inc({ family })
    else if (event.kind === 'refused') this.refused.inc({ family, reason: event.reason })
    else {
      this.closed.inc({ family, reason: event.reason })
      this.bytes.set(family, (this.bytes.get(family) ?? 0) + event.bytes)
    }
  }

  onSent(rows: readonly EventRow[], readers: number, isLive: boolean): void {
    for (const row of rows) this.sent.add(row.type, readers)
    const [oldest] = rows
    if (!isLive || !oldest) return
    const seconds = (Date.now() - Number(oldest.at)) / 1_000
    // Others may insert rows of any time, infinity included, and clocks differ by a little.
    if (Number.isFinite(seconds)) this.latency.observe(Math.max(0, seconds))
  }

  onFlush(ms: number): void {
    this.flushes.observe(ms / 1_000)
  }

  /** Adds values that are read at each scrape. */
  watch(parts: { connections: Connections; logStreams: LogStreams; pageStreams: PageStreams }) {
    const { connections, logStreams, pageStreams } = parts
    const { registry } = this
    const byFamily = (numberOf: (family: Family) => number) => () =>
      FAMILIES.map((family) => [{ family }, numberOf(family)] as const)
    mirrorGauge(registry, {
      name: 'muster_connections',
      help: 'Open streams.',
      labelNames: ['family'],
      read: byFamily((family) => connections.count(family)),
    })
    mirrorGauge(registry, {
      name: 'muster_connections_max',
      help: 'How many streams of each family may be open.',
      read: () => connections.limits.maxPerFamily,
    })
    mirrorCounter(registry, {
      name: 'muster_connections_evicted_total',
      help: 'Streams that had to make room for another visitor, who held less than an equal share.',
      labelNames: ['family'],
      read: byFamily((family) => connections.evicted(family)),
    })
    mirrorGauge(registry, {
      name: 'muster_connections_buffered_bytes',
      help: 'Bytes that wait in memory for readers who are slow.',
      labelNames: ['family'],
      read: byFamily((family) => connections.buffered(family)),
    })
    mirrorCounter(registry, {
      name: 'muster_connections_sent_bytes_total',
      help: 'Bytes written to streams.',
      labelNames: ['family'],
      read: byFamily((family) => (this.bytes.get(family) ?? 0) + connections.written(family)),
    })
    mirrorGauge(registry, {
      name: 'muster_lanes',
      help: 'Distinct streams of the log that are read live: what each batch of events is encoded for.',
      read: () => logStreams.channelCount,
    })
    mirrorGauge(registry, {
      name: 'muster_pages',
      help: 'Distinct pages that are kept up to date.',
      read: () => pageStreams.pageCount,
    })
    mirrorCounter(registry, {
      name: 'muster_page_writes_total',
      help: 'How often a reader of pages was written changes.',
      read: () => pageStreams.writeCount,
    })
  }
}
