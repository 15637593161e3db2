import type { EventRow } from '../../src/log/event-row'
import type { Connection } from '../../src/stream/connection'
import type { LivePage, PageRequest } from '../../src/stream/live-page'
import {
  type AwaitedRow,
  PageStreams,
  type PageStreamsOptions,
} from '../../src/stream/page-streams'
import { makeRow } from './event-rows'
import { openTestClient, type TestClient } from './fake-response'
import { TestPage } from './stream-page'
import { until } from './wait'

const FLUSH_MS = 20
const running: PageStreams[] = []

interface StartOptions extends Partial<PageStreamsOptions> {
  createPage?: (topic: string) => LivePage
}

/** Streams whose pages are asked for by their topics alone. */
class TopicStreams {
  constructor(
    private readonly streams: PageStreams,
    private readonly createPage: (topic: string) => LivePage,
  ) {}

  get cursor() {
    return this.streams.cursor
  }

  get pageCount() {
    return this.streams.pageCount
  }

  get freshness() {
    return this.streams.freshness
  }

  deliver: PageStreams['deliver'] = (rows) => this.streams.deliver(rows)
  skipTo: PageStreams['skipTo'] = (cursor) => this.streams.skipTo(cursor)
  reach: PageStreams['reach'] = (row, deadlineMs) => this.streams.reach(row, deadlineMs)
  notify: PageStreams['notify'] = (event, data) => this.streams.notify(event, data)
  invalidateAll = () => this.streams.invalidateAll()
  stop = () => this.streams.stop()

  async page(topic: string, visitor?: string, row?: AwaitedRow) {
    const { pages, ...shown } = await this.streams.show([this.ask(topic)] as const, visitor, row)
    return { page: pages[0], ...shown }
  }

  changes(topics: readonly string[], cursor: number, visitor?: string, row?: AwaitedRow) {
    return this.streams.changes(topics.map(this.ask), cursor, visitor, row)
  }

  prepare(topics: readonly string[], visitor?: string) {
    return this.streams.prepare(topics.map(this.ask), visitor)
  }

  serve(connection: Connection, topics: readonly string[], cursor: number) {
    return this.streams.serve(connection, topics.map(this.ask), cursor)
  }

  private readonly ask = (topic: string): PageRequest => ({
    key: topic,
    topic,
    open: () => this.createPage(topic),
  })
}

/** For `afterEach`. */
export async function stopAll(): Promise<void> {
  for (const streams of running.splice(0)) await streams.stop()
}

/** Streams of made-up pages, up to the row 100, with rows that come when the test says so. */
export function start({ createPage, ...options }: StartOptions = {}) {
  const pages = new Map<string, TestPage>()
  const errors: unknown[] = []
  const all = new PageStreams(
    {
      refresh: async () => {},
      reload: async () => {},
      onError: (error) => errors.push(error),
      flushMs: FLUSH_MS,
      retryMs: 5,
      ...options,
    },
    100,
  )
  running.push(all)
  const create = (topic: string) => {
    const page = new TestPage([{ id: `${topic}-count`, text: '0' }])
    pages.set(topic, page)
    return page
  }
  const streams = new TopicStreams(all, createPage ?? create)
  let last = 100
  /** Rows come in, and pages show something else. */
  const happen = (topics: readonly string[], text: string, count = 1): EventRow[] => {
    for (const topic of topics) {
      const page = pages.get(topic)
      if (page) page.elements = [{ id: `${topic}-count`, text }]
    }
    const rows = Array.from({ length: count }, () => makeRow(++last))
    streams.deliver(rows)
    return rows
  }
  /** Rows up to this one are gone before they were read. */
  const skip = (through: number) => {
    last = through
    streams.skipTo(through)
  }
  const flushed = () => until('the rows are flushed', () => streams.cursor === last)
  const open = (topics: string[], cursor: number) => {
    const client = openTestClient()
    streams.serve(client.connection, topics, cursor)
    return client
  }
  const watch = async (topics: string[], cursor = streams.cursor) => {
    await streams.prepare(topics)
    return open(topics, cursor)
  }
  /** Past what the start makes unknown: from here on the cursor alone tells what was seen. */
  const begin = async () => {
    happen([], '')
    await flushed()
  }
  return { streams, pages, errors, happen, skip, flushed, open, watch, begin }
}

export const patches = ({ events }: TestClient) =>
  events().map(({ event, id, data }) => {
    const [topic, ...lines] = data.split('\n')
    return { event, id: Number(id), topic, html: lines.join('\n') }
  })
export const lastOf = (client: TestClient) => patches(client).at(-1)
