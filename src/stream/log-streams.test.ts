import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeRow } from '../../test/support/event-rows'
import { openTestClient, type TestClient } from '../../test/support/fake-response'
import { until } from '../../test/support/wait'
import type { EventFilter } from '../filter/filter'
import { ALL_EVENTS, selects } from '../filter/select'
import type { EventRow } from '../log/event-row'
import { Ring } from '../log/ring'
import { encodeFrame } from './frame'
import type { LogSource } from './log-source'
import { LogStreams } from './log-streams'
import type { LogViewer } from './log-viewer'
import type { RowFormat } from './row-format'
import { PAGE_BYTES } from './row-page'

const NAMED: RowFormat = {
  name: 'named',
  encode: (row) => encodeFrame({ event: row.type, id: row.id, data: String(row.summary) }),
}
const EVEN: EventFilter = { ...ALL_EVENTS, types: ['even'] }

/** A log whose end is in memory, and whose rows a tail gives out when the test says so. */
class TestLog implements LogSource {
  readonly rows: EventRow[] = []
  private readonly ring: Ring
  head = 0
  trimmedThrough = 0
  fault: Error | null = null
  reads = 0
  largestRead = 0

  constructor(ringBytes = 1_000_000) {
    this.ring = new Ring(0, ringBytes)
  }

  commit(count: number, summary = ''): void {
    for (let i = 0; i < count; i++) {
      const id = this.rows.length + 1
      this.rows.push(makeRow(id, { type: id % 2 === 0 ? 'even' : 'odd', summary }))
    }
  }

  /** Removes rows that may not have been read yet, as the tail finds out. */
  trim(through: number, streams: LogStreams): void {
    this.trimmedThrough = through
    if (this.head >= through) return
    this.head = through
    this.ring.skipTo(through)
    streams.deliver([])
  }

  /** Gives out what is committed, as the tail does. */
  read(streams: LogStreams): void {
    const rows = this.rows.filter((row) => row.id > this.head)
    for (const row of rows) this.ring.push(row, row.summary.length)
    this.head = this.rows.length
    streams.deliver(rows)
  }

  recentAfter(cursor: number, limit: number): EventRow[] | null {
    return this.ring.after(cursor, limit)
  }

  async storedAfter(
    cursor: number,
    { through, limit, filter }: { through: number; limit: number; filter: EventFilter },
  ) {
    this.reads++
    await new Promise(setImmediate)
    if (this.fault) throw this.fault
    const rows = this.rows.filter(
      ({ id }) => id > cursor && id <= through && id > this.trimmedThrough,
    )
    const page = rows.filter((row) => selects(filter, row)).slice(0, limit)
    this.largestRead = Math.max(this.largestRead, page.length)
    return { rows: page, trimmedThrough: this.trimmedThrough }
  }
}

function watch(streams: LogStreams, cursor: number, filter = ALL_EVENTS) {
  const client = openTestClient()
  const viewer = streams.open(client.connection, NAMED, filter, cursor)
  streams.catchUp(viewer)
  return { ...client, viewer }
}

const idsOf = ({ events }: TestClient) => events().map(({ id }) => Number(id))
const upTo = (count: number, from = 1) =>
  Array.from({ length: count - from + 1 }, (_, index) => from + index)

function startLog(ringBytes?: number) {
  const log = new TestLog(ringBytes)
  const errors: unknown[] = []
  const rowFaults: number[] = []
  const sent: { ids: number[]; readers: number; isLive: boolean }[] = []
  const streams = new LogStreams(log, {
    onError: (error) => errors.push(error),
    onRowFault: (_, row) => rowFaults.push(row.id),
    onSent: (rows, readers, isLive) =>
      sent.push({ ids: rows.map(({ id }) => id), readers, isLive }),
    retryMs: 1,
  })
  return { log, streams, errors, rowFaults, sent }
}

describe('a stream of the log', () => {
  it('goes on from its cursor, through memory, to what comes next', () => {
    const { log, streams } = startLog()
    log.commit(3)
    log.read(streams)
    const client = watch(streams, 1)
    log.commit(2)
    log.read(streams)
    expect(idsOf(client)).toEqual([2, 3, 4, 5])
  })

  it('that is ahead of what this process has read waits for the rows after its cursor', () => {
    const { log, streams } = startLog()
    log.commit(5)
    // From the receipt of a report, or from another process.
    const client = watch(streams, 3)
    const further = watch(streams, 7)
    log.read(streams)
    log.commit(4)
    log.read(streams)
    expect(idsOf(client)).toEqual([4, 5, 6, 7, 8, 9])
    expect(idsOf(further)).toEqual([8, 9])
  })

  it('that wants other rows than its neighbours gets its own and no others', () => {
    const { log, streams } = startLog()
    const all = watch(streams, 0)
    const even = watch(streams, 0, EVEN)
    log.commit(5)
    log.read(streams)
    expect(idsOf(all)).toEqual([1, 2, 3, 4, 5])
    expect(idsOf(even)).toEqual([2, 4])
    expect(streams.channelCount).toBe(2)
  })

  it('carries a row that cannot be encoded without its data, and its neighbours whole', () => {
    const format: RowFormat = {
      name: 'picky',
      encode: (row) => {
        if (row.data.bad) throw new RangeError(`${row.type} cannot be written`)
        return NAMED.encode(row)
      },
    }
    const { log, streams, rowFaults } = startLog()
    const live = openTestClient()
    streams.catchUp(streams.open(live.connection, format, ALL_EVENTS, 0))
    log.commit(3)
    log.rows[1] = makeRow(2, { type: 'even', data: { bad: true } })
    log.rows.push(makeRow(4, { type: 'no\nname' }), makeRow(5))
    log.read(streams)
    const late = openTestClient()
    streams.catchUp(streams.open(late.connection, format, ALL_EVENTS, 0))
    for (const client of [live, late]) {
      expect(idsOf(client)).toEqual([1, 2, 3, 5])
      expect(client.response.text).toContain('\n\nid: 4\n\n')
    }
    expect(rowFaults).toEqual([2, 4, 2, 4])
  })

  it('tells how many readers each row went to, by batch and not by reader', () => {
    const { log, streams, sent } = startLog()
    const readers = [watch(streams, 0), watch(streams, 0), watch(streams, 0, EVEN)]
    const [first] = readers
    if (first) first.response.isFull = true
    first?.connection.write('x')
    log.commit(3)
    log.read(streams)
    expect(sent).toEqual([
      { ids: [1, 2, 3], readers: 1, isLive: true },
      { ids: [2], readers: 1, isLive: true },
    ])
    first?.response.drain()
    expect(sent.at(-1)).toEqual({ ids: [1, 2, 3], readers: 1, isLive: false })
  })

  it('says so where rows were removed before this process had read them', async () => {
    const { log, streams } = startLog()
    const client = watch(streams, 0)
    log.commit(4)
    log.trim(log.rows.length, streams)
    log.commit(2)
    log.read(streams)
    await until('the reader is told', () => client.events().length > 0)
    expect(client.events()).toMatchObject([{ event: 'reset', id: '6' }])
    log.commit(1)
    log.read(streams)
    expect(idsOf(client)).toEqual([6, 7])
  })

  it('takes another filter from where it is, live as well as in the middle of a replay', async () => {
    const { log, streams } = startLog(1)
    const ODD: EventFilter = { ...ALL_EVENTS, types: ['odd'] }
    log.commit(4)
    log.read(streams)
    const behind = watch(streams, 0, EVEN)
    // The database is being asked for even rows at this moment.
    streams.refilter(behind.viewer, ODD)
    await until('the replay has ended', () => behind.viewer.cursor === 4)
    expect(idsOf(behind)).toEqual([1, 3])
    log.commit(2)
    log.read(streams)
    await until('it has the next odd row', () => behind.viewer.cursor === 6)
    streams.refilter(behind.viewer, EVEN)
    log.commit(2)
    log.read(streams)
    await until('it has caught up', () => behind.viewer.cursor === 8)
    expect(idsOf(behind)).toEqual([1, 3, 5, 8])
  })

  it('is encoded once for all who want the same', () => {
    let encoded = 0
    const format = { name: 'counted', encode: (row: EventRow) => `data: ${row.id}${encoded++}\n\n` }
    const { log, streams } = startLog()
    for (let i = 0; i < 50; i++) {
      streams.catchUp(streams.open(openTestClient().connection, format, ALL_EVENTS, 0))
    }
    log.commit(3)
    log.read(streams)
    expect(encoded).toBe(3)
  })

  it('costs the database nothing, however many come back at once and however long they stay', () => {
    const { log, streams } = startLog()
    log.commit(50)
    log.read(streams)
    const clients = Array.from({ length: 500 }, (_, n) => watch(streams, n % 50))
    for (let n = 0; n < 20; n++) {
      log.commit(1)
      log.read(streams)
    }
    expect(log.reads).toBe(0)
    for (const [n, client] of clients.entries()) {
      expect(idsOf(client)).toEqual(upTo(70, (n % 50) + 1))
    }
  })

  it('leaves nothing behind when its client goes', async () => {
    const { log, streams, errors } = startLog(1)
    log.commit(100)
    log.read(streams)
    log.fault = new Error('away')
    const clients = [watch(streams, 100), watch(streams, 100, EVEN), watch(streams, 0)]
    await until('the replay fails', () => errors.length > 0)
    for (const { response } of clients) response.destroy()
    expect(streams.channelCount).toBe(0)
    const { reads } = log
    log.commit(1)
    log.read(streams)
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    expect(log.reads).toBeLessThanOrEqual(reads + 1)
  })

  it('costs a slow reader one page, and is whole when the reader comes back', async () => {
    const { log, streams } = startLog(20_000)
    const client = watch(streams, 0)
    client.response.isFull = true
    log.commit(1, 'x'.repeat(1_000))
    log.read(streams)
    const { length } = client.response.text
    for (let batch = 0; batch < 50; batch++) {
      log.commit(10, 'x'.repeat(1_000))
      log.read(streams)
    }
    expect(client.response.text.length).toBe(length)
    client.response.drain()
    await until('everything is read', () => client.viewer.cursor === log.head)
    expect(idsOf(client)).toEqual(upTo(501))
    expect(log.reads).toBeGreaterThan(0)
  })

  it('costs one page at most where much is committed at once, and holds up nobody else', async () => {
    const { log, streams, sent } = startLog(10_000_000)
    const slow = watch(streams, 0)
    const good = watch(streams, 0)
    slow.response.isFull = true
    log.commit(200, 'x'.repeat(20_000))
    log.read(streams)
    expect(slow.connection.bufferedBytes).toBeGreaterThan(0)
    expect(slow.connection.bufferedBytes).toBeLessThan(PAGE_BYTES + 21_000)
    await until('the good reader has read everything', () => good.viewer.cursor === 200)
    expect(idsOf(good)).toEqual(upTo(200))
    expect(sent[0]).toMatchObject({ readers: 2, isLive: true })
    slow.response.drain()
    await until('the slow reader has read everything', () => slow.viewer.cursor === 200)
    expect(idsOf(slow)).toEqual(upTo(200))
    expect(log.reads).toBe(0)
    expect(streams.channelCount).toBe(1)
  })

  it('reads few rows at a time where rows are large', async () => {
    const { log, streams } = startLog(1)
    log.commit(200, 'x'.repeat(100_000))
    log.read(streams)
    const client = watch(streams, 0)
    await until('everything is read', () => client.viewer.cursor === 200, 20_000)
    expect(idsOf(client)).toEqual(upTo(200))
    expect(log.largestRead).toBeLessThanOrEqual(64)
  })

  it('goes on by itself when the database was away during its replay', async () => {
    const { log, streams, errors } = startLog(1)
    log.commit(30)
    log.read(streams)
    log.fault = new Error('away')
    const client = watch(streams, 0)
    await until('it has failed twice', () => errors.length >= 2)
    expect(client.connection.isOpen).toBe(true)
    streams.notify('error', '{"error_type":"database_away"}')
    log.fault = null
    await until('everything is read', () => client.viewer.cursor === 30)
    expect(client.events()[0]).toMatchObject({ event: 'error', id: undefined })
    expect(idsOf(client).slice(1)).toEqual(upTo(30))
  })

  it('is told about rows that were removed before it could read them', async () => {
    const { log, streams } = startLog(1)
    log.commit(30)
    log.read(streams)
    log.trimmedThrough = 20
    const client = watch(streams, 5)
    await until('the reset', () => client.events().length === 1)
    log.commit(2)
    log.read(streams)
    await until('the next rows', () => client.viewer.cursor === 32)
    expect(client.events().map(({ event, id }) => [event, id])).toEqual([
      ['reset', '30'],
      ['odd', '31'],
      ['even', '32'],
    ])
    expect(client.events()[0]?.data).toBe('{"reason":"expired","last_event_id":5}')
  })

  it('is told about rows that were removed before this process could read them', async () => {
    const { log, streams } = startLog()
    const clients = [watch(streams, 0), watch(streams, 0, EVEN)]
    log.commit(2)
    log.read(streams)
    log.commit(8)
    log.trim(6, streams)
    log.read(streams)
    log.commit(2)
    log.read(streams)
    for (const client of clients) {
      await until('the rows after the hole', () => idsOf(client).at(-1) === 12)
      const events = client.events()
      const place = events.findIndex(({ event }) => event === 'reset')
      const filter = client === clients[0] ? upTo(12) : [2, 4, 6, 8, 10, 12]
      expect(idsOf(client).slice(0, place)).toEqual(filter.filter((id) => id <= 2))
      const { id, data } = events[place] ?? { data: '' }
      expect(JSON.parse(data)).toEqual({ reason: 'expired', last_event_id: 2 })
      expect(idsOf(client).slice(place + 1)).toEqual(filter.filter((row) => row > Number(id)))
      expect(events.filter(({ event }) => event === 'reset')).toHaveLength(1)
    }
  })

  it('moves an idle client past the rows that its filter left out, once', () => {
    const { log, streams } = startLog()
    const { viewer } = watch(streams, 0, EVEN)
    expect(viewer.heartbeat()).toBe(': heartbeat\n\n')
    log.commit(1)
    log.read(streams)
    expect(viewer.heartbeat()).toBe(': heartbeat\n\nid: 1\n\n')
    expect(viewer.heartbeat()).toBe(': heartbeat\n\n')
  })

  it('moves an idle client past the rows that came along with the ones that it got', async () => {
    const { log, streams } = startLog()
    const { viewer } = watch(streams, 0, EVEN)
    log.commit(3)
    log.read(streams)
    expect(viewer.heartbeat()).toBe(': heartbeat\n\nid: 3\n\n')
    const replayed = watch(streams, 0, EVEN)
    expect(replayed.viewer.heartbeat()).toBe(': heartbeat\n\nid: 3\n\n')
    const stored = startLog(1)
    stored.log.commit(3)
    stored.log.read(stored.streams)
    const reader = watch(stored.streams, 0, EVEN)
    await until('everything is read', () => reader.viewer.cursor === 3)
    expect(reader.viewer.heartbeat()).toBe(': heartbeat\n\nid: 3\n\n')
  })

  it('is never without a cursor, or a cut before the first row would be a hole', () => {
    const { streams } = startLog()
    const { viewer, response } = watch(streams, 0)
    viewer.sendCursor()
    expect(response.text).toBe('retry: 3000\n\nid: 0\n\n')
  })

  it('gives every reader every row once and in order, whatever happens meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.boolean(), async (steps, isSmall) => {
        const { log, streams } = startLog(isSmall ? 3_000 : undefined)
        const readers = [new Reader(streams, ALL_EVENTS), new Reader(streams, EVEN)]
        for (const { kind, reader, count } of steps) {
          const chosen = readers[reader % readers.length]
          if (kind === 'commit') log.commit(count)
          if (kind === 'read') log.read(streams)
          if (kind === 'block') chosen?.block()
          if (kind === 'drain') chosen?.drain()
          if (kind === 'cut') chosen?.cut(count)
          if (kind === 'wait') await new Promise(setImmediate)
        }
        log.read(streams)
        for (const reader of readers) {
          reader.drain()
          await until('a reader is at the tail', () => reader.cursor === log.head)
          const wanted = log.rows.filter((row) => selects(reader.filter, row))
          expect(reader.seen).toEqual(wanted.map(({ id }) => id))
        }
      }),
      { numRuns: 150 },
    )
  })
})

const step = fc.record({
  kind: fc.constantFrom('commit', 'commit', 'read', 'read', 'block', 'drain', 'cut', 'wait'),
  reader: fc.nat(1),
  count: fc.nat(30),
})

/** A client that comes back after each cut with the last id that it has read whole. */
class Reader {
  private readonly before: number[] = []
  private current: TestClient & { viewer: LogViewer }

  constructor(
    private readonly streams: LogStreams,
    readonly filter: EventFilter,
  ) {
    this.current = watch(streams, 0, filter)
  }

  get cursor(): number {
    return this.current.viewer.cursor
  }

  get seen(): number[] {
    return [...this.before, ...idsOf(this.current)]
  }

  block(): void {
    this.current.response.isFull = true
  }

  drain(): void {
    this.current.response.drain()
  }

  /** The last `lost` characters never arrive. */
  cut(lost: number): void {
    const { response } = this.current
    response.text = response.text.slice(0, Math.max(0, response.text.length - lost))
    this.before.push(...idsOf(this.current))
    response.destroy()
    this.current = watch(this.streams, this.before.at(-1) ?? 0, this.filter)
  }
}
