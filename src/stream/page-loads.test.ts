import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import type { TestClient } from '../../test/support/fake-response'
import { lastOf, patches, start, stopAll } from '../../test/support/page-streams'
import { SlowPage, TestWorldOfPages } from '../../test/support/slow-page'
import { TestDom } from '../../test/support/stream-page'
import { until } from '../../test/support/wait'
import { Busy } from '../concurrency/fair-semaphore'
import type { EventRow } from '../log/event-row'
import type { LivePage } from './live-page'
import type { PageStreamsOptions } from './page-streams'

const releases: (() => void)[] = []

afterEach(async () => {
  for (const release of releases.splice(0)) release()
  await stopAll()
})

/** Streams of pages that can be held while they read. Those in `held` begin so. */
function slow(
  options: Partial<PageStreamsOptions> & Pick<LivePage, 'renderAsOf'> = {},
  held = new Set<string>(),
) {
  const { renderAsOf, ...others } = options
  const world = new TestWorldOfPages()
  const topics = new Map<number, string>()
  const pages = new Map<string, SlowPage>()
  const made: SlowPage[] = []
  const parts = start({
    createPage: (topic) => {
      const page = new SlowPage(topic, world, (row: EventRow) => topics.get(row.id))
      if (held.has(topic)) page.hold()
      if (renderAsOf) Object.assign(page, { renderAsOf })
      made.push(page)
      releases.push(() => page.release())
      pages.set(topic, page)
      return page
    },
    ...others,
  })
  let last = 100
  const happen = (topic: string, text: string) => {
    world.happen(topic, ++last, text)
    topics.set(last, topic)
    return parts.happen([], '')[0]?.id ?? 0
  }
  /** Rows that are gone before this process has read them. */
  const skip = (topic: string, text: string) => {
    world.happen(topic, ++last, text)
    parts.skip(last)
  }
  const page = (topic: string) => {
    const found = pages.get(topic)
    if (!found) throw new Error(`There is no page ${topic}`)
    return found
  }
  return { ...parts, happen, skip, page, pages, made, world }
}

const shows = (client: TestClient, text: string) => client.response.text.includes(text)

describe('a page that takes long', () => {
  it('to load delays no other page, and has what happened meanwhile when it is there', async () => {
    const { streams, happen, flushed, watch, page } = slow({}, new Set(['slow']))
    const other = await watch(['other'])
    const loading = streams.page('slow')
    for (const text of ['first', 'second', 'third']) {
      happen('slow', `${text} there`)
      const id = happen('other', text)
      await flushed()
      expect(lastOf(other)?.id).toBe(id)
      expect(shows(other, text)).toBe(true)
    }
    page('slow').release()
    expect(await loading).toMatchObject({ cursor: streams.cursor })
    expect(page('slow').asTestPage().rows).toEqual([105, 103, 101])
  })

  it('to update delays no other page, however many there are of it', async () => {
    const topics = ['s1', 's2', 's3', 's4', 's5']
    const { happen, flushed, watch, page } = slow({ maxUpdates: 2 })
    const clients = await Promise.all(topics.map((topic) => watch([topic])))
    const other = await watch(['other'])
    for (const topic of topics) {
      page(topic).hold()
      happen(topic, `${topic} is late`)
    }
    await flushed()
    for (const text of ['first', 'second', 'third']) {
      happen('other', text)
      await until('the other page is sent', () => shows(other, text))
    }
    for (const [index, client] of clients.entries()) {
      expect(shows(client, 'late')).toBe(false)
      page(topics[index] ?? '').release()
      await until('the slow page is sent', () => shows(client, 'late'))
    }
  })

  it('shares a stream with others: they are sent, and its cursor stays where it has to go on', async () => {
    const { streams, happen, flushed, watch, page } = slow()
    const client = await watch(['slow', 'other'])
    page('slow').hold()
    const behind = streams.cursor
    happen('slow', 'late')
    happen('other', 'at once')
    await flushed()
    expect(shows(client, 'at once')).toBe(true)
    expect(lastOf(client)).toMatchObject({ topic: 'other', id: behind })
    expect(await streams.page('slow')).toMatchObject({ cursor: behind })
    page('slow').release()
    await until('the slow page is sent', () => shows(client, 'late'))
    expect(lastOf(client)).toMatchObject({ topic: 'slow', id: streams.cursor })
  })

  it('gets on, though new rows come all the time', async () => {
    const { happen, watch, page } = slow()
    const client = await watch(['slow'])
    for (let n = 1; n <= 5; n++) {
      page('slow').hold()
      happen('slow', `state ${n}`)
      await until('it is busy', () => page('slow').isWaiting)
      happen('slow', `more than ${n}`)
      const before = patches(client).length
      page('slow').release()
      await until('it has got on', () => patches(client).length > before)
    }
  })

  it('is read anew where more has come than is kept for it', async () => {
    const { streams, happen, flushed, page } = slow({}, new Set(['slow']))
    const loading = streams.page('slow')
    for (let n = 0; n < 5_001; n++) happen('other', String(n))
    happen('slow', 'the last')
    await flushed()
    page('slow').release()
    await loading
    await until('it is read anew', () => page('slow').loads === 2)
    await until('it is up to date', async () => (await streams.page('slow')).cursor === 5_102)
    expect(page('slow').asTestPage().rows).toEqual([5_102])
  })

  it('to load keeps neither the stream from opening nor the other pages from it', async () => {
    const { streams, happen, flushed, open, page } = slow({ openPatienceMs: 20 }, new Set(['slow']))
    const start = streams.cursor
    await streams.prepare(['slow', 'other'])
    const client = open(['slow', 'other'], start)
    for (const text of ['first', 'second']) {
      happen('other', text)
      await flushed()
      expect(shows(client, text)).toBe(true)
      // The client has to go on from here: it lacks what the slow page is to show.
      expect(lastOf(client)).toMatchObject({ topic: 'other', id: start })
    }
    happen('slow', 'late')
    await flushed()
    page('slow').release()
    await until('the slow page is sent', () => shows(client, 'late'))
    expect(lastOf(client)).toMatchObject({ topic: 'slow', id: streams.cursor })
  })

  it('and then fails is loaded again for the streams that are open, which are told', async () => {
    const options = { openPatienceMs: 20, reloadMs: 10 }
    const { streams, happen, open, page } = slow(options, new Set(['slow']))
    await streams.prepare(['slow', 'other'])
    const client = open(['slow', 'other'], streams.cursor)
    for (let n = 0; n < 3; n++) {
      const tried = page('slow')
      tried.fault = new Error('takes too long')
      tried.release()
      await until('it is tried again', () => page('slow') !== tried && page('slow').isWaiting)
    }
    happen('other', 'meanwhile')
    await until('the other is sent', () => shows(client, 'meanwhile'))
    page('slow').release()
    happen('slow', 'at last')
    await until('it is sent', () => shows(client, 'at last'))
    const notices = patches(client).filter(({ event }) => event === 'error')
    expect(notices.map(({ topic }) => JSON.parse(topic ?? '').error_type)).toEqual([
      'page_fault',
      'page_back',
    ])
    expect(client.connection.isOpen).toBe(true)
  })

  it('and then proves to be missing ends the streams that wait for it', async () => {
    class Gone extends Error {}
    const isMissing = (error: unknown) => error instanceof Gone
    const { streams, open, page } = slow({ openPatienceMs: 20, isMissing }, new Set(['slow']))
    await streams.prepare(['slow', 'other'])
    const client = open(['slow', 'other'], streams.cursor)
    page('slow').fault = new Gone()
    page('slow').release()
    await until('it has ended', () => !client.connection.isOpen)
  })

  it('has its turn with others: so many are loaded at once, and who waits too long is told', async () => {
    const held = new Set(['one', 'two', 'three'])
    const { streams, page, pages } = slow({ maxLoads: 2, loadPatienceMs: 40 }, held)
    const loading = [streams.page('one'), streams.page('two')]
    await expect(streams.page('three')).rejects.toThrow(Busy)
    expect([...pages.values()].map(({ loads }) => loads)).toEqual([1, 1, 0])
    for (const topic of ['one', 'two']) page(topic).release()
    await Promise.all(loading)
    held.delete('three')
    expect(await streams.page('three')).toMatchObject({ cursor: 100 })
  })
})

const TOPICS = ['a', 'b', 'c']
const step = fc.record({
  kind: fc.constantFrom(
    ...['happen', 'happen', 'happen', 'flush', 'flush', 'hold', 'hold', 'release', 'release'],
    ...['load', 'load', 'fault', 'away', 'mend', 'skip', 'clock', 'cut', 'block', 'drain'],
  ),
  topic: fc.constantFrom(...TOPICS),
  lost: fc.nat(200),
})

it('end as a fresh load would, for every client, whatever is slow, fails or is missed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }),
      async (steps) => {
        const held = new Set<string>()
        const options: Partial<PageStreamsOptions> = {
          flushMs: 1,
          patienceMs: 2,
          maxLoads: 2,
          maxUpdates: 2,
          // The clock drops the pages that have no client, so that they are loaded again.
          lingerMs: 5,
          isPassing: (error) => error instanceof Away,
        }
        const all = slow(options, held)
        const readers: Reader[] = []
        const load = (topics: string[]) => {
          const reader = new Reader(all, topics)
          readers.push(reader)
          return reader.begin()
        }
        await load(['a'])
        for (const [index, { kind, topic, lost }] of steps.entries()) {
          const page = all.pages.get(topic)
          const reader = readers[lost % readers.length]
          if (kind === 'happen') all.happen(topic, `state ${index}`)
          if (kind === 'skip') all.skip(topic, `missed ${index}`)
          if (kind === 'flush') await all.flushed()
          if (kind === 'hold') {
            held.add(topic)
            page?.hold()
          }
          if (kind === 'release') {
            held.delete(topic)
            page?.release()
          }
          if (kind === 'fault' && page) page.fault = new Error('a mistake')
          if (kind === 'away' && page) page.fault = new Away()
          if (kind === 'mend' && page) page.fault = null
          if (kind === 'clock') all.streams.invalidateAll()
          // A page that is held is loaded while other things happen.
          if (kind === 'load') void load(lost % 2 === 0 ? [topic] : [...TOPICS])
          if (kind === 'cut') reader?.cut(lost)
          if (kind === 'block') reader?.block()
          if (kind === 'drain') reader?.drain()
          await new Promise(setImmediate)
        }
        held.clear()
        for (const page of all.made) {
          page.fault = null
          page.release()
        }
        for (const topic of TOPICS) all.happen(topic, 'the end')
        await all.flushed()
        for (const reader of readers) await reader.endsWell()
        await all.streams.stop()
      },
    ),
    { numRuns: 200, endOnFailure: true },
  )
}, 180_000)

class Away extends Error {}

/** A client that loads pages, watches them, and comes back when it is cut off. */
class Reader {
  private client: TestClient | null = null
  private doms: TestDom[] = []
  private from = 0
  private received: ReturnType<typeof patches> = []
  private isBegun = false
  private begun: Promise<void> = Promise.resolve()

  constructor(
    private readonly all: ReturnType<typeof slow>,
    private readonly topics: string[],
  ) {}

  begin(): Promise<void> {
    this.begun = this.load()
    return this.begun
  }

  cut(lost: number): void {
    if (!this.client) return
    const { response } = this.client
    response.text = response.text.slice(0, Math.max(0, response.text.length - lost))
    this.received = this.seen()
    response.destroy()
    this.client = this.open(this.cursor())
  }

  block(): void {
    if (this.client) this.client.response.isFull = true
  }

  drain(): void {
    this.client?.response.drain()
  }

  async endsWell(): Promise<void> {
    await this.begun
    if (!this.isBegun) return
    this.drain()
    const wanted = this.topics.map((topic) => this.all.page(topic).fresh())
    const shown = () => {
      const doms = this.doms.map((dom) => dom.copy())
      for (const { topic, html } of this.seen()) {
        doms[this.topics.indexOf(topic ?? '')]?.apply(html)
      }
      return doms.map(({ elements, rows }) => ({ elements, rows }))
    }
    const isSame = () => JSON.stringify(shown()) === JSON.stringify(wanted)
    await until('it shows what a fresh page shows', isSame, 2_000).catch(() => {
      expect(shown()).toEqual(wanted)
    })
    const ids = this.seen().map(({ id }) => id)
    expect(ids).toEqual([...ids].sort((a, b) => a - b))
  }

  private async load(): Promise<void> {
    try {
      for (const topic of this.topics) {
        const { page, cursor } = await this.all.streams.page(topic)
        this.doms.push(new TestDom((page as SlowPage).asTestPage()))
        this.from = this.from === 0 ? cursor : Math.min(this.from, cursor)
      }
    } catch {
      // Its first load failed, as the test said: this client was told so and is gone.
      return
    }
    this.isBegun = true
    this.client = this.open(this.from)
  }

  private open(cursor: number): TestClient {
    return this.all.open(this.topics, cursor)
  }

  private cursor(): number {
    return this.received.at(-1)?.id ?? this.from
  }

  private seen(): ReturnType<typeof patches> {
    const own = this.client ? patches(this.client).filter(({ event }) => event === 'patch') : []
    return [...this.received, ...own]
  }
}

describe('a page that is behind', () => {
  const renderAsOf = (asOf: Date | null) => ({ id: 'behind', html: asOf ? 'BEHIND' : 'UP TO DATE' })

  it('says so after two seconds, on its own stream, and takes it back', async () => {
    const { happen, watch, page } = slow({ renderAsOf })
    const [client, other] = [await watch(['slow']), await watch(['other'])]
    page('slow').hold()
    happen('slow', 'late')
    await until('it says so', () => shows(client, 'BEHIND'))
    expect(shows(client, 'late')).toBe(false)
    page('slow').release()
    await until('it takes it back', () => /late[\s\S]*UP TO DATE/.test(client.response.text))
    expect(shows(other, 'BEHIND')).toBe(false)
  })

  it('says so to a request that waited in vain, at once, and for how long it has been', async () => {
    const { streams, happen, flushed, page } = slow({ renderAsOf })
    await streams.page('slow')
    page('slow').hold()
    const row = happen('slow', 'late')
    await flushed()
    const shown = await streams.page('slow', '', { atLeast: row, patienceMs: 30 })
    expect(shown.asOf).not.toBeNull()
    expect(shown.behindMs).toBeGreaterThanOrEqual(30)
    page('slow').release()
    const whole = await streams.page('slow', '', { atLeast: row, patienceMs: 5_000 })
    expect(whole).toMatchObject({ cursor: row, asOf: null, behindMs: 0 })
  })
})
