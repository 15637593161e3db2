import type { EventFilter } from '../filter/filter'
import { filterKey } from '../filter/select'
import type { Connection } from './connection'
import { encodeFrame } from './frame'

/** No viewer is sent two in less. */
const SHORTEST_MS = 1_000
/** And none goes without for longer than a minute; this leaves room for the look at the clock. */
const LONGEST_MS = 59_000
const LOOK_MS = 250

/** Anything that JSON can print. */
export type Figures = Readonly<Record<string, unknown>>

export interface MetricStreamsOptions {
  /**
   * The aggregates of a filter, without a time: equal ones are not sent again. `visitor` is the one
   * for whom alone they are; null: they are for several.
   */
  compute: (filter: EventFilter, visitor: string | null) => Promise<Figures>
  onError: (error: unknown) => void
  shortestMs?: number
  longestMs?: number
  lookMs?: number
}

/** Where a stream stands in the log; its ids continue from there. */
interface MetricViewer {
  readonly connection: Connection
  readonly cursor: number
}

interface Watcher {
  readonly viewer: MetricViewer
  sentAt: number
  /** The version of the channel that it was sent. */
  version: number
}

interface Channel {
  readonly filter: EventFilter
  readonly watchers: Map<MetricViewer, Watcher>
  /** What viewers are to be sent; null before the first computation. */
  figures: Figures | null
  text: string
  version: number
  computedAt: number
  isDirty: boolean
  isComputing: boolean
}

/**
 * Streams of aggregates: for each filter they are computed at most once a second, however many
 * watch, and encoded once for all who stand at the same place in the log. A viewer gets them when it
 * comes, when they have changed, and at least once a minute.
 */
export class MetricStreams {
  private readonly channels = new Map<string, Channel>()
  private readonly clock: NodeJS.Timeout
  private sequence = 0

  constructor(private readonly options: MetricStreamsOptions) {
    this.clock = setInterval(() => this.look(), options.lookMs ?? LOOK_MS)
  }

  stop(): void {
    clearInterval(this.clock)
  }

  get channelCount(): number {
    return this.channels.size
  }

  /** Sends the metrics of a filter to the viewer, from now on until it is gone. */
  open(viewer: MetricViewer, filter: EventFilter): void {
    this.join(viewer, filter, 0)
    viewer.connection.onGone(() => this.leave(viewer))
  }

  /** The same viewer under another filter: it is sent that one's metrics as soon as it may be. */
  refilter(viewer: MetricViewer, filter: EventFilter): void {
    const sentAt = this.leave(viewer)
    if (viewer.connection.isOpen) this.join(viewer, filter, sentAt)
  }

  /** Something may have changed. */
  invalidate(): void {
    for (const channel of this.channels.values()) channel.isDirty = true
  }

  /** A frame that is no row of the log: what stands before the dot of its id resumes. */
  frame(event: string, cursor: number, data: Figures): string {
    this.sequence++
    return encodeFrame({ event, id: `evt_${cursor}.${this.sequence}`, data: JSON.stringify(data) })
  }

  private join(viewer: MetricViewer, filter: EventFilter, sentAt: number): void {
    const key = filterKey(filter)
    const channel = this.channels.get(key) ?? newChannel(filter)
    this.channels.set(key, channel)
    channel.watchers.set(viewer, { viewer, sentAt, version: 0 })
    // How many are connected is one of the figures.
    this.invalidate()
    if (channel.figures === null || this.isDue(channel)) void this.compute(channel)
    else this.send(channel)
  }

  private leave(viewer: MetricViewer): number {
    for (const [key, { watchers }] of this.channels) {
      const watcher = watchers.get(viewer)
      if (!watcher) continue
      watchers.delete(viewer)
      if (watchers.size === 0) this.channels.delete(key)
      this.invalidate()
      return watcher.sentAt
    }
    return 0
  }

  private look(): void {
    for (const channel of this.channels.values()) {
      if (this.isDue(channel)) void this.compute(channel)
      else this.send(channel)
    }
  }

  private isDue({ isDirty, isComputing, computedAt }: Channel): boolean {
    if (isComputing) return false
    const { shortestMs = SHORTEST_MS, longestMs = LONGEST_MS } = this.options
    return Date.now() - computedAt >= (isDirty ? shortestMs : longestMs)
  }

  private async compute(channel: Channel): Promise<void> {
    if (channel.isComputing) return
    channel.isComputing = true
    channel.isDirty = false
    channel.computedAt = Date.now()
    try {
      const figures = await this.options.compute(channel.filter, onlyVisitor(channel))
      const text = JSON.stringify(figures)
      if (text !== channel.text) channel.version++
      Object.assign(channel, { figures, text })
    } catch (error) {
      channel.isDirty = true
      this.options.onError(error)
    } finally {
      channel.isComputing = false
    }
    this.send(channel)
  }

  /** To all viewers that have not been sent this version, or nothing for a minute, and may be sent it. */
  private send({ figures, version, watchers }: Channel): void {
    if (figures === null) return
    const { shortestMs = SHORTEST_MS, longestMs = LONGEST_MS } = this.options
    const now = Date.now()
    const timestamp = new Date(now).toISOString()
    const encoded = new Map<number, Buffer>()
    for (const watcher of watchers.values()) {
      const { connection, cursor } = watcher.viewer
      const wait = watcher.version === version ? longestMs : shortestMs
      if (connection.isBlocked || now - watcher.sentAt < wait) continue
      const bytes =
        encoded.get(cursor) ?? Buffer.from(this.frame('metrics', cursor, { ...figures, timestamp }))
      encoded.set(cursor, bytes)
      Object.assign(watcher, { sentAt: now, version })
      connection.write(bytes)
    }
  }
}

function onlyVisitor({ watchers }: Channel): string | null {
  const visitors = new Set([...watchers.keys()].map(({ connection }) => connection.visitor))
  const [visitor = null] = visitors
  return visitors.size === 1 ? visitor : null
}

function newChannel(filter: EventFilter): Channel {
  return {
    filter,
    watchers: new Map(),
    figures: null,
    text: '',
    version: 0,
    computedAt: 0,
    isDirty: true,
    isComputing: false,
  }
}
