import { Histogram, type Registry } from 'prom-client'
import type { Retention } from '../log/retention'
import type { Tail } from '../log/tail'
import { mirrorCounter, mirrorGauge } from './mirror'

/** What is written to the log, how the tail follows it, and what is removed. */
export class LogMetrics {
  private readonly groups: Histogram
  private readonly commits: Histogram

  constructor(private readonly registry: Registry) {
    this.groups = new Histogram({
      name: 'muster_group_requests',
      help: 'How many requests shared a transaction.',
      buckets: [1, 2, 5, 10, 20, 50, 100, 200],
      registers: [registry],
    })
    this.commits = new Histogram({
      name: 'muster_group_commit_seconds',
      help: 'How long such a transaction took, with its repetitions, until its commit or its failure.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers: [registry],
    })
  }

  onGroup(requests: number, ms: number): void {
    this.groups.observe(requests)
    this.commits.observe(ms / 1_000)
  }

  /** Adds values that are read at each scrape. */
  watch(parts: { tail: Tail; retention: Retention; bounds: { readonly count: number } }): void {
    const { tail, retention, bounds } = parts
    this.watchTail(tail)
    const { registry } = this
    mirrorCounter(registry, {
      name: 'muster_log_bounds_reads_total',
      help: 'Looks at where the log begins and ends, each shared by all who asked before it began.',
      read: () => bounds.count,
    })
    mirrorCounter(registry, {
      name: 'muster_retention_removed_total',
      help: 'Rows that this process has removed because of their age or number.',
      labelNames: ['table'],
      read: () => [
        [{ table: 'events' }, retention.counters.events],
        [{ table: 'report_keys' }, retention.counters.keys],
      ],
    })
  }

  private watchTail(tail: Tail): void {
    const { registry } = this
    const gauge = (name: string, help: string, read: () => number) =>
      mirrorGauge(registry, { name: `muster_${name}`, help, read })
    const counter = (name: string, help: string, read: () => number) =>
      mirrorCounter(registry, { name: `muster_tail_${name}_total`, help, read })
    gauge(
      'tail_available',
      'Whether the log is being read: 1, or 0 while the database is away.',
      () => Number(tail.isAvailable),
    )
    gauge('tail_head', 'The newest id that this process has read.', () => tail.head)
    gauge(
      'tail_lag_rows',
      'Rows that the last read which found any has found.',
      () => tail.lastRead.rows,
    )
    gauge(
      'tail_lag_seconds',
      'How long before that read its oldest row had been stored.',
      () => tail.lastRead.behindMs / 1_000,
    )
    gauge('ring_bytes', 'Newest events in memory.', () => tail.ring.byteLength)
    counter('rows', 'Rows of the log that were read.', () => tail.counters.rows)
    counter('notices', 'Notifications of new rows.', () => tail.counters.notices)
    counter(
      'safety_reads',
      'Reads that no notification asked for.',
      () => tail.counters.safetyReads,
    )
    counter(
      'safety_rows',
      'Rows that only such a read found: notifications are being lost.',
      () => tail.counters.foundBySafetyRead,
    )
    counter(
      'reconnects',
      'Connections to the database that were lost.',
      () => tail.counters.reconnects,
    )
    counter(
      'gaps',
      'How often rows were removed before this process had read them.',
      () => tail.counters.gaps,
    )
  }
}
