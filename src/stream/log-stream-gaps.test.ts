import { expect, it } from 'vitest'
import { makeRow } from '../../test/support/event-rows'
import { openTestClient } from '../../test/support/fake-response'
import { until } from '../../test/support/wait'
import { ALL_EVENTS } from '../filter/select'
import type { EventRow } from '../log/event-row'
import { encodeFrame } from './frame'
import type { LogSource } from './log-source'
import { LogStreams } from './log-streams'
import type { RowFormat } from './row-format'

const ENDING: RowFormat = {
  name: 'ending',
  encode: ({ type, id }) =>
    encodeFrame({ event: type, id, data: type === 'large' ? 'x'.repeat(100_000) : '{}' }),
  ends: (row) => row.type === 'end',
}
const WANTED = { ...ALL_EVENTS, types: ['end', 'large', 'noted'] }

/** A log of which the first rows are in the database only. */
class ShortLog implements LogSource {
  readonly rows: EventRow[] = []
  inMemoryFrom = 0
  head = 0

  add(streams: LogStreams, ...types: string[]): void {
    const added = types.map((type, index) => makeRow(this.head + index + 1, { type }))
    this.rows.push(...added)
    this.head += added.length
    streams.deliver(added)
  }

  recentAfter(cursor: number): EventRow[] | null {
    return cursor < this.inMemoryFrom ? null : this.rows.filter(({ id }) => id > cursor)
  }

  async storedAfter(cursor: number) {
    await new Promise(setImmediate)
    return { rows: this.rows.filter(({ id }) => id > cursor), trimmedThrough: 0 }
  }
}

function start() {
  const log = new ShortLog()
  const streams = new LogStreams(log, {
    onError: (error) => {
      throw error
    },
  })
  const watch = (cursor: number) => {
    const client = openTestClient()
    const viewer = streams.open(client.connection, ENDING, WANTED, cursor)
    streams.catchUp(viewer)
    return client
  }
  return { log, streams, watch }
}

const idsOf = ({ events }: ReturnType<typeof openTestClient>) => events().map(({ id }) => id)

it('ends with the row for everybody who is up to date, and nothing follows it', async () => {
  const { log, streams, watch } = start()
  const clients = [watch(0), watch(0)]
  await until('they are up to date', () => streams.channelCount === 1)
  log.add(streams, 'noted', 'hidden', 'end', 'hidden')
  log.add(streams, 'noted')
  for (const client of clients) {
    expect(client.connection.isOpen).toBe(false)
    expect(idsOf(client)).toEqual(['1', '3'])
  }
})

it.each([0, 10])(
  'ends for who catches up, from memory and from the database',
  async (inMemoryFrom) => {
    const { log, streams, watch } = start()
    log.inMemoryFrom = inMemoryFrom
    log.add(streams, 'noted', 'noted', 'end', 'noted')
    const client = watch(1)
    await until('it has ended', () => !client.connection.isOpen)
    expect(idsOf(client)).toEqual(['2', '3'])
  },
)

it('ends after a batch that is larger than a page, for who reads well and for who does not', async () => {
  const { log, streams, watch } = start()
  const clients = [watch(0), watch(0)]
  await until('they are up to date', () => streams.channelCount === 1)
  const [slow] = clients
  if (slow) slow.response.isFull = true
  log.add(streams, ...Array<string>(9).fill('large'), 'end', 'noted')
  expect(slow?.connection.isOpen).toBe(true)
  slow?.response.drain()
  for (const client of clients) {
    await until('it has ended', () => !client.connection.isOpen)
    expect(idsOf(client)).toEqual(Array.from({ length: 10 }, (_, index) => String(index + 1)))
  }
})

it('ends for a slow reader after what it has missed', async () => {
  const { log, streams, watch } = start()
  const client = watch(0)
  await until('it is up to date', () => streams.channelCount === 1)
  client.response.isFull = true
  log.add(streams, 'noted')
  log.add(streams, 'noted', 'end')
  expect(client.connection.isOpen).toBe(true)
  client.response.drain()
  await until('it has ended', () => !client.connection.isOpen)
  expect(idsOf(client)).toEqual(['1', '2', '3'])
})

it('a row that only looks like the end, and that nobody wants, ends nothing', async () => {
  const { log, streams } = start()
  const client = openTestClient()
  const viewer = streams.open(client.connection, ENDING, { ...ALL_EVENTS, types: ['noted'] }, 0)
  streams.catchUp(viewer)
  log.add(streams, 'end', 'noted')
  await until('it has the other row', () => idsOf(client).length === 1)
  expect(client.connection.isOpen).toBe(true)
})

it('an end that nobody reads is cut when its time is over', () => {
  const { connection, response } = openTestClient({ stallMs: 1_000 })
  connection.finish()
  connection.finish()
  connection.tick(Date.now() + 900)
  expect(response.destroyed).toBe(false)
  connection.tick(Date.now() + 1_100)
  expect(response.destroyed).toBe(true)
})
