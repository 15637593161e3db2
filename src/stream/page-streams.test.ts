import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { openTestClient, parseEvents } from '../../test/support/fake-response'
import { lastOf, patches, start, stopAll } from '../../test/support/page-streams'
import { TestDom, TestPage } from '../../test/support/stream-page'
import { until } from '../../test/support/wait'
import { TooManyPages } from './page-registry'

afterEach(stopAll)

describe('streams of pages', () => {
  it('send a change to those who watch the page, and to no others', async () => {
    const { happen, flushed, watch, begin } = start()
    await begin()
    const one = await watch(['a'])
    const other = await watch(['b'])
    happen(['a'], 'changed')
    await flushed()
    expect(lastOf(one)).toMatchObject({ event: 'patch', id: 102, topic: 'a' })
    expect(lastOf(one)?.html).toContain('changed')
    expect(lastOf(other)?.html).not.toContain('changed')
  })

  it('make one write of whatever happens within a flush interval', async () => {
    const { streams, happen, flushed, watch, begin } = start({ flushMs: 200 })
    await begin()
    const client = await watch(['a'])
    happen(['a'], 'first')
    await flushed()
    const { writes } = client.response
    for (let i = 0; i < 100; i++) happen(['a'], `state ${i}`, 3)
    await flushed()
    expect(client.response.writes).toBe(writes + 1)
    expect(lastOf(client)?.html).toContain('state 99')
    expect(lastOf(client)?.id).toBe(streams.cursor)
  })

  it('give all who watch the same the same bytes', async () => {
    const { happen, flushed, watch, begin } = start()
    await begin()
    const clients = [await watch(['a', 'b']), await watch(['a', 'b'])]
    const buffers: unknown[] = []
    for (const { response } of clients) {
      response.write = (bytes) => {
        buffers.push(bytes)
        return true
      }
    }
    happen(['a', 'b'], 'new')
    await flushed()
    expect(buffers).toHaveLength(2)
    expect(buffers[0]).toBe(buffers[1])
  })

  it('leave states out for a slow viewer, but never the last', async () => {
    const { happen, flushed, watch, begin } = start()
    await begin()
    const slow = await watch(['a'])
    slow.response.isFull = true
    happen(['a'], 'blocks')
    await flushed()
    const { length } = slow.response.text
    for (let i = 0; i < 5; i++) {
      happen(['a'], `skipped ${i}`)
      await flushed()
    }
    happen(['a'], 'the last')
    await flushed()
    expect(slow.response.text.length).toBe(length)
    slow.response.drain()
    expect(lastOf(slow)?.html).toContain('the last')
    expect(slow.response.text).not.toContain('skipped')
  })

  it('put the older cursor on all frames of a write but the last', async () => {
    const { happen, flushed, watch, begin } = start()
    await begin()
    const client = await watch(['a', 'b', 'c'])
    const before = patches(client).length
    happen(['a', 'b', 'c'], 'new', 5)
    await flushed()
    expect(patches(client).slice(before)).toMatchObject([
      { id: 101, topic: 'a' },
      { id: 101, topic: 'b' },
      { id: 106, topic: 'c' },
    ])
  })

  it('lose nothing to a cut, wherever in the stream it is', async () => {
    const { streams, pages, happen, flushed, watch, begin } = start()
    const topics = ['a', 'b']
    await begin()
    await streams.prepare(topics)
    const atFirst = topics.map((topic) => new TestDom(pages.get(topic) ?? new TestPage()))
    const from = streams.cursor
    const client = await watch(topics)
    for (const text of ['one', 'two']) {
      happen(topics, text)
      await flushed()
    }
    for (let cut = 0; cut <= client.response.text.length; cut++) {
      const doms = atFirst.map((dom) =>
        Object.assign(new TestDom(new TestPage()), { ...dom, rows: [...dom.rows] }),
      )
      const received = parseEvents(client.response.text.slice(0, cut))
      const cursor = Number(received.at(-1)?.id ?? from)
      const again = await watch(topics, cursor)
      for (const { data } of [...received, ...again.events()]) {
        const [topic = '', ...html] = data.split('\n')
        doms[topics.indexOf(topic)]?.apply(html.join('\n'))
      }
      expect(doms.map(({ elements }) => elements)).toEqual(
        topics.map((topic) => pages.get(topic)?.elements),
      )
      again.response.destroy()
    }
  })

  it('give a change to everyone who asks for it, not only to the first', async () => {
    const { streams, happen, flushed, begin } = start()
    await begin()
    await streams.prepare(['a'])
    happen(['a'], 'for all')
    await flushed()
    const answers = [await streams.changes(['a'], 101), await streams.changes(['a'], 101)]
    expect(answers[0]).toMatchObject({ html: expect.stringContaining('for all'), cursor: 102 })
    expect(answers[1]).toEqual(answers[0])
  })

  it('send all of a page to who was shown it before it was watched', async () => {
    const { streams, happen, flushed, watch } = start()
    happen([], '', 5)
    await flushed()
    const client = await watch(['a'], 102)
    expect(lastOf(client)?.id).toBe(streams.cursor)
    expect(lastOf(client)?.html).toContain('a-count')
  })

  it('send all of a page at the row that the process began with: the clock went on', async () => {
    const { watch } = start()
    expect(lastOf(await watch(['a'], 100))?.html).toContain('a-count')
  })

  it('send nothing to who has seen it all', async () => {
    const { watch, begin } = start()
    await begin()
    expect(patches(await watch(['a']))).toEqual([])
  })

  it('send what changed with the clock alone', async () => {
    const { streams, pages, watch, begin } = start()
    await begin()
    const client = await watch(['a'])
    const page = pages.get('a')
    if (page) page.elements = [{ id: 'a-count', text: 'an hour later' }]
    streams.invalidateAll()
    await until('the change is sent', () => patches(client).length > 0)
    expect(lastOf(client)).toMatchObject({ id: 101, topic: 'a' })
    // A page that was rendered before the clock did it, and whose stream is opened now.
    expect(lastOf(await watch(['a'], 101))?.html).toContain('an hour later')
  })

  it('try again when the database was away, and lose nothing', async () => {
    let isAway = true
    const refreshed: number[] = []
    const { errors, happen, flushed, watch } = start({
      refresh: async (rows) => {
        if (isAway) throw new Error('away')
        refreshed.push(...rows.map(({ id }) => id))
      },
    })
    const client = await watch(['a'])
    happen(['a'], 'meanwhile')
    await until('it has failed twice', () => errors.length >= 2)
    happen([], 'x', 2)
    isAway = false
    await flushed()
    expect(refreshed).toEqual([101, 102, 103])
    expect(lastOf(client)?.html).toContain('meanwhile')
  })

  it('are not held up by a page that cannot be brought up to date', async () => {
    const { pages, errors, happen, flushed, watch, begin } = start({
      isPassing: () => true,
    })
    await begin()
    const [broken, whole] = [await watch(['broken']), await watch(['whole'])]
    const page = pages.get('broken')
    if (page) page.fault = new Error('a mistake of ours')
    happen(['broken', 'whole'], 'new', 3)
    await flushed()
    await until('the fault is told', () => errors.length > 0)
    expect(lastOf(whole)?.html).toContain('new')
    if (page) page.fault = null
    await until('the broken page is sent', () => lastOf(broken)?.html.includes('new') === true)
    expect(page?.rows).toEqual([104, 103, 102])
  })

  it('update a page that asks for it no faster than that, hold up no other, and end on the last', async () => {
    const { happen, flushed, begin, watch, pages } = start()
    const client = await watch(['paced', 'other'])
    await begin()
    const [paced, other] = [pages.get('paced'), pages.get('other')]
    if (!paced || !other) throw new Error('The pages were not made')
    paced.minUpdateIntervalMs = 400
    const before = { paced: paced.updates, other: other.updates }
    const startedAt = Date.now()
    for (let n = 1; n <= 6; n++) {
      happen(['paced', 'other'], String(n))
      await flushed()
    }
    const shown = (topic: string) =>
      client
        .events()
        .filter(({ data }) => data.includes(`${topic}-count`))
        .at(-1)?.data ?? ''
    expect(shown('other')).toContain('"text":"6"')
    expect(other.updates - before.other).toBe(6)
    await until('the last is shown', () => shown('paced').includes('"text":"6"'))
    const allowed = Math.floor((Date.now() - startedAt) / 400) + 1
    expect(paced.updates - before.paced).toBeLessThanOrEqual(allowed)
    expect(paced.updates - before.paced).toBeLessThan(6)
  })

  it('let a page go that failed to load, and load it anew for the next who asks', async () => {
    let isAway = true
    const { streams } = start({
      createPage: () => {
        const page = new TestPage()
        if (isAway) page.fault = new Error('away')
        return page
      },
    })
    await expect(streams.prepare(['a', 'b'])).rejects.toThrow('away')
    isAway = false
    await expect(streams.page('a')).resolves.toMatchObject({ cursor: 100 })
  })

  it('refuse a topic that has no page, and leave nothing behind', async () => {
    const { streams } = start({
      createPage: (topic) => {
        if (topic === 'bad') throw new Error('There is no such page')
        return new TestPage()
      },
    })
    await expect(streams.prepare(['good', 'bad'])).rejects.toThrow('no such page')
    await expect(streams.page('bad')).rejects.toThrow('no such page')
    expect(streams.pageCount).toBe(1)
  })

  it('keep so many pages and no more: the unwatched make room, the watched never', async () => {
    const { streams, watch } = start({ maxPages: 3 })
    const watched = [await watch(['a']), await watch(['b'])]
    for (const topic of ['c', 'd', 'e']) await streams.page(topic)
    expect(streams.pageCount).toBe(3)
    watched.push(await watch(['f']))
    await expect(streams.prepare(['g'])).rejects.toThrow(TooManyPages)
    await expect(streams.page('g')).resolves.toBeDefined()
    expect(streams.pageCount).toBe(3)
    for (const { response } of watched) response.destroy()
    await expect(streams.page('g')).resolves.toBeDefined()
    expect(streams.pageCount).toBe(3)
  })

  it('let go of a page some time after the last viewer has', async () => {
    const { streams, watch } = start({ lingerMs: -1 })
    const client = await watch(['a'])
    streams.invalidateAll()
    expect(streams.pageCount).toBe(1)
    client.response.destroy()
    streams.invalidateAll()
    expect(streams.pageCount).toBe(0)
  })

  it('serve a page that was let go between its preparation and its stream', async () => {
    const { streams, watch } = start({ maxPages: 1 })
    await streams.prepare(['a'])
    await streams.page('b')
    const client = openTestClient()
    streams.serve(client.connection, ['a'], 50)
    await until('the page is sent', () => patches(client).length === 1)
    expect(lastOf(client)?.topic).toBe('a')
    await expect(watch(['c'])).rejects.toThrow(TooManyPages)
  })

  it('end on the page as it is, for every viewer, whatever happens meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { streams, pages, happen, flushed, watch } = start({ flushMs: 1 })
        await streams.prepare(['a'])
        const page = pages.get('a') ?? new TestPage()
        const dom = new TestDom(page)
        const from = streams.cursor
        let received: ReturnType<typeof patches> = []
        let client = await watch(['a'], from)
        const cursor = () => received.at(-1)?.id ?? from
        for (const [index, { kind, lost }] of steps.entries()) {
          if (kind === 'happen') happen(['a'], `state ${index}`)
          if (kind === 'clock') {
            page.elements = [{ id: 'a-count', text: `clock ${index}` }]
            streams.invalidateAll()
          }
          if (kind === 'block') client.response.isFull = true
          if (kind === 'drain') client.response.drain()
          if (kind === 'flush') await flushed()
          if (kind !== 'cut') continue
          const { text } = client.response
          client.response.text = text.slice(0, Math.max(0, text.length - lost))
          received = [...received, ...patches(client)]
          client.response.destroy()
          client = await watch(['a'], cursor())
        }
        happen(['a'], 'the end')
        await flushed()
        client.response.drain()
        for (const { html } of [...received, ...patches(client)]) dom.apply(html)
        expect(dom.elements).toEqual(page.elements)
        expect(dom.rows).toEqual(page.rows)
        await streams.stop()
      }),
      { numRuns: 60 },
    )
  })
})

const step = fc.record({
  kind: fc.constantFrom('happen', 'happen', 'clock', 'block', 'drain', 'cut', 'flush'),
  lost: fc.nat(200),
})
