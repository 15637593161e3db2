import { afterEach, describe, expect, it } from 'vitest'
import type { TestClient } from '../../test/support/fake-response'
import { lastOf, patches, start, stopAll } from '../../test/support/page-streams'
import { TestDom, TestPage } from '../../test/support/stream-page'
import { until } from '../../test/support/wait'
import { CursorTimeout } from './cursor-waiters'

afterEach(stopAll)

describe('a viewer whom another process has shown more than this one has read', () => {
  it('is sent nothing older, and goes on when this process has read as far', async () => {
    const { happen, flushed, watch, begin } = start()
    await begin()
    const ahead = await watch(['a'], 104)
    happen(['a'], 'row 102')
    await flushed()
    happen(['a'], 'row 103')
    await flushed()
    expect(patches(ahead)).toEqual([])
    happen(['a'], 'row 105', 2)
    await flushed()
    expect(patches(ahead)).toMatchObject([{ id: 105, html: expect.stringContaining('row 105') }])
    happen(['a'], 'row 106')
    await flushed()
    expect(patches(ahead).map(({ id }) => id)).toEqual([105, 106])
  })

  it('has a cursor that never goes back', async () => {
    const { streams, happen, flushed, watch, begin } = start()
    await begin()
    const client = await watch(['a'], 150)
    const viewer = streams.serve(client.connection, ['a'], 150)
    happen(['a'], 'older')
    await flushed()
    expect(viewer.cursor).toBe(150)
    happen(['a'], 'as far as that', 50)
    await flushed()
    expect(viewer.cursor).toBe(152)
  })

  it('waits for the answer to a poll', async () => {
    const { streams, happen, flushed, begin } = start()
    await begin()
    await streams.prepare(['a'])
    const answer = streams.changes(['a'], 103)
    const early = streams.changes(['a'], 101)
    happen(['a'], 'row 102')
    await flushed()
    expect(await Promise.race([answer, 'it waits'])).toBe('it waits')
    happen(['a'], 'row 104', 2)
    expect(await answer).toMatchObject({ html: expect.stringContaining('row 104'), cursor: 104 })
    expect((await early).cursor).toBe(101)
  })

  it('is told to try again when the wait is too long', async () => {
    const { streams } = start({ aheadMs: 10 })
    await expect(streams.changes(['a'], 103)).rejects.toThrow(CursorTimeout)
  })

  it('does not hold up a stop', async () => {
    const { streams } = start({ aheadMs: 3_600_000 })
    await streams.prepare(['a'])
    const answer = expect(streams.changes(['a'], 103)).rejects.toThrow(CursorTimeout)
    await streams.stop()
    await answer
  })
})

describe('rows that are removed before this process could read them', () => {
  it('cost no page anything: what it shows is read anew', async () => {
    let isAway = true
    let reloads = 0
    const reload = async () => {
      if (isAway) throw new Error('away')
      reloads++
    }
    const { streams, pages, errors, happen, flushed, watch, begin } = start({ reload })
    await begin()
    const client = await watch(['a'])
    const page = pages.get('a') ?? new TestPage()
    const { loads } = page
    page.elements = [{ id: 'a-count', text: 'after the hole' }]
    streams.skipTo(120)
    await until('it was tried in vain', () => errors.length > 0)
    expect(patches(client)).toEqual([])
    page.fault = new Error('a mistake of ours')
    isAway = false
    await until('everything is read anew', () => reloads === 1)
    await until('the page was tried in vain', () => errors.at(-1) === page.fault)
    page.fault = null
    await until('the page is sent', () => lastOf(client)?.id === 120)
    expect(lastOf(client)?.html).toContain('after the hole')
    expect([page.loads, reloads]).toEqual([loads + 1, 1])
    happen(['a'], 'the next row', 20)
    await flushed()
    expect(lastOf(client)?.html).toContain('the next row')
    expect(page.loads).toBe(loads + 1)
  })
})

describe('a page that could not take its rows, through no fault of its own', () => {
  async function breakDown() {
    const parts = start({ isPassing: () => true })
    await parts.begin()
    await parts.streams.prepare(['broken', 'whole'])
    const page = parts.pages.get('broken') ?? new TestPage()
    const doms = ['broken', 'whole'].map(
      (topic) => new TestDom(parts.pages.get(topic) ?? new TestPage()),
    )
    const client = await parts.watch(['broken', 'whole'])
    page.fault = new Error('a mistake of ours')
    parts.happen(['broken', 'whole'], 'new', 3)
    await parts.flushed()
    await until('the fault is told', () => parts.errors.length > 0)
    return { ...parts, page, doms, client }
  }

  it('gives all of them to its viewers when it can, and holds up no other page', async () => {
    const { page, doms, client, pages, happen, flushed } = await breakDown()
    expect(lastOf(client)).toMatchObject({ topic: 'whole', id: 101 })
    happen(['whole'], 'newer')
    await flushed()
    expect(lastOf(client)?.html).toContain('newer')
    page.fault = null
    await until('the broken page is sent', () => lastOf(client)?.id === 105)
    for (const { topic, html } of patches(client)) doms[topic === 'broken' ? 0 : 1]?.apply(html)
    for (const [index, topic] of ['broken', 'whole'].entries()) {
      expect(doms[index]?.elements).toEqual(pages.get(topic)?.elements)
      expect(doms[index]?.rows).toEqual([105, 104, 103, 102])
    }
  })

  it('is not said to be up to date, neither to who is connected nor to who comes', async () => {
    const { streams, page, client, watch } = await breakDown()
    expect(streams.cursor).toBe(104)
    expect(streams.serve(client.connection, ['broken', 'whole'], 101).cursor).toBe(101)
    expect(await streams.page('broken')).toMatchObject({ cursor: 101 })
    expect(await streams.changes(['broken', 'whole'], 101)).toMatchObject({ cursor: 101 })
    const { cursor } = await streams.page('broken')
    const late = await watch(['broken'], cursor)
    page.fault = null
    await until('the broken page is sent', () => lastOf(late)?.id === 104)
    expect(lastOf(late)?.html).toContain('"rows":[104,103,102]')
    expect(await streams.page('broken')).toMatchObject({ cursor: 104 })
  })
})

describe('a page that cannot be updated with its rows', () => {
  async function breakDown() {
    const parts = start()
    await parts.begin()
    const client = await parts.watch(['broken', 'whole'])
    const other = await parts.watch(['whole'])
    const page = parts.pages.get('broken') ?? new TestPage()
    page.updateFault = new Error('one bad row')
    return { ...parts, page, client, other, loads: page.loads }
  }
  const noticesOf = ({ events }: TestClient) =>
    events().flatMap(({ event, data }) => (event === 'error' ? [JSON.parse(data).error_type] : []))

  it('is read anew', async () => {
    const { page, client, loads, errors, happen } = await breakDown()
    const [row] = happen(['broken'], 'new')
    await until('the page is sent', () => lastOf(client)?.id === row?.id)
    expect(lastOf(client)).toMatchObject({ topic: 'broken', html: expect.stringContaining('new') })
    expect(page.loads).toBe(loads + 1)
    expect(errors).toEqual([page.updateFault])
    expect(noticesOf(client)).toEqual([])
  })

  it('says so once where that fails as well, goes on trying, and says when it is over', async () => {
    const { page, client, other, errors, happen } = await breakDown()
    page.fault = new Error('it is still there')
    happen(['broken'], 'new')
    await until('it is told', () => noticesOf(client).length > 0)
    const tries = errors.length
    await until('it was tried again', () => errors.length > tries + 2)
    expect(noticesOf(client)).toEqual(['page_fault'])
    page.fault = null
    await until('it is over', () => noticesOf(client).length > 1)
    expect(noticesOf(client)).toEqual(['page_fault', 'page_back'])
    expect(client.response.text).toContain('new')
    expect(noticesOf(other)).toEqual([])
  })
})
