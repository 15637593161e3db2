import type { EventRow } from '../../src/log/event-row'
import { PageStreams, type PageStreamsOptions } from '../../src/stream/page-streams'
import { makeRow } from './event-rows'
import { openTestClient, type TestClient } from './fake-response'
import { TestPage } from './stream-page'
import { until } from './wait'

const FLUSH_MS = 20
const running: PageStreams[] = []

/** For `afterEach`. */
export async function stopAll(): Promise<void> {
  for (const streams of running.splice(0)) await streams.stop()
}

/** Streams of made-up pages, up to the row 100, with rows that come when the test says so. */
export function start(options: Partial<PageStreamsOptions> = {}) {
  const pages = new Map<string, TestPage>()
  const errors: unknown[] = []
  const streams = new PageStreams(
    {
      createPage: (topic) => {
        const page = new TestPage([{ id: `${topic}-count`, text: '0' }])
        pages.set(topic, page)
        return page
      },
      topicOf: (key) => key,
      refresh: async () => {},
      reload: async () => {},
      onError: (error) => errors.push(error),
      flushMs: FLUSH_MS,
      retryMs: 5,
      ...options,
    },
    100,
  )
  running.push(streams)
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
