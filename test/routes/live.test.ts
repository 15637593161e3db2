import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { TooManyPages } from '../../src/stream/page-registry'
import { StreamClient } from '../support/client'
import { startTestMuster, type TestMuster } from '../support/muster'
import { until } from '../support/wait'

let muster: TestMuster

beforeAll(async () => {
  muster = await startTestMuster({ SSE_HEARTBEAT_INTERVAL_SECONDS: '0.3' })
})
afterAll(() => muster.stop())

const open = (query: string, headers: Record<string, string> = {}) =>
  StreamClient.open(`${muster.address}/live?${query}`, headers)
const working = async (project: string, agent: string, message = '') => {
  const { last_id } = await muster.report({
    type: 'working',
    project,
    agent,
    state: 'processing',
    message,
  })
  await until('the pages show it', () => muster.services.pageStreams.cursor >= last_id)
  return last_id
}
const patchesOf = ({ events }: StreamClient) => events.filter(({ event }) => event === 'patch')

describe('GET /live', () => {
  it('sends what changes on a page: the topic, then fragments', async () => {
    await working('patched', 'before')
    const client = await open('topic=board')
    await client.receives('its first block', () => client.text.includes('\n\n'))
    expect(client.headers['content-type']).toBe('text/event-stream')
    const id = await working('patched', 'newcomer')
    await client.receives('the card', () => client.text.includes('newcomer'))
    const patch = patchesOf(client).at(-1)
    const [topic, ...html] = patch?.data.split('\n') ?? []
    expect([topic, patch?.id]).toEqual(['board', String(id)])
    expect(html.join('\n')).toContain('data-agent-session="newcomer"')
    expect(html.join('\n')).toContain(`<template><tbody hx-swap-oob="afterbegin:#feed-rows">`)
    client.close()
  })

  it('gives signs of life that carry the cursor', async () => {
    const client = await open('topic=board')
    await client.receives('a heartbeat', () => client.events.some(({ event }) => event === 'hb'))
    const beat = client.events.find(({ event }) => event === 'hb')
    expect(Number(beat?.id)).toBe(muster.services.pageStreams.cursor)
    client.close()
  })

  it('goes on from the cursor that the page was rendered with', async () => {
    await working('rendered', 'first')
    const html = await (await muster.fetch('/?project=rendered')).text()
    const [, stream = ''] = /sse-connect="([^"]+)"/.exec(html) ?? []
    await working('rendered', 'second')
    const client = await StreamClient.open(`${muster.address}${stream.replaceAll('&amp;', '&')}`)
    await client.receives('what came since', () => client.text.includes('second'))
    expect(patchesOf(client)[0]?.data.split('\n')[0]).toBe('board?project=rendered')
    client.close()
  })

  it('sends a filtered page nothing of others who need nobody', async () => {
    const cursor = await working('narrow', 'n')
    const client = await open(`topic=board%3Fproject%3Dnarrow&last_event_id=${cursor}`)
    await client.receives('its first block', () => client.text.includes('\n\n'))
    const seen = patchesOf(client).length
    await working('broad', 'newcomer-b')
    const id = await working('narrow', 'm')
    await client.receives('its own', () => client.text.includes('data-agent-session="m"'))
    expect(patchesOf(client)[seen]?.id).toBe(String(id))
    expect(client.text).not.toMatch(/broad|newcomer-b/)
    client.close()
  })

  it('sends everything after a reset', async () => {
    await working('resettable', 'r')
    const client = await open('topic=board%3Fproject%3Dresettable', { 'Last-Event-ID': 'junk' })
    await client.receives('the page', () => patchesOf(client).length > 0)
    const [reset, patch] = client.events
    expect(reset).toMatchObject({
      event: 'reset',
      id: String(muster.services.pageStreams.cursor),
      data: '{"reason":"malformed","last_event_id":"junk"}',
    })
    for (const region of ['id="counts"', 'id="projects"', 'data-agent-session="r"', '<tbody']) {
      expect(patch?.data).toContain(region)
    }
    client.close()
  })

  it('serves several topics on one connection, each once', async () => {
    await working('one', 'x')
    const topics = ['board', 'board?project=one', 'board?project=one', 'project/one']
    const query = topics.map((topic) => `topic=${encodeURIComponent(topic)}`).join('&')
    const client = await open(query)
    const before = muster.services.pageStreams.cursor
    const id = await working('one', 'y')
    await client.receives('all of them', () => patchesOf(client).some((p) => p.id === String(id)))
    const seen = patchesOf(client).filter(({ data }) => data.includes('"y"'))
    expect(seen.map(({ data }) => data.split('\n')[0]).sort()).toEqual([...new Set(topics)].sort())
    expect(seen.slice(0, -1).every((patch) => Number(patch.id) <= before)).toBe(true)
    client.close()
  })

  it('asked for HTML, answers with the same fragments once', async () => {
    const cursor = await working('polled', 'p1')
    const poll = (lastEventId: string) =>
      muster.fetch('/live?topic=board%3Fproject%3Dpolled', {
        headers: { Accept: 'text/html', 'Last-Event-ID': lastEventId },
      })
    await poll(String(cursor))
    const id = await working('polled', 'p2')
    const answer = await poll(String(cursor))
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(answer.headers.get('last-event-id')).toBe(String(id))
    expect(await answer.text()).toContain('data-agent-session="p2"')
    expect(await (await poll(String(id))).text()).toBe('')
    const lost = await poll('junk')
    expect(lost.headers.get('x-muster-reset')).toBe('malformed')
    expect(await lost.text()).toContain('id="projects"')
  })

  it('keeps hostile text inside its frame, and as text', async () => {
    const client = await open('topic=board')
    await client.receives('its first block', () => client.text.includes('\n\n'))
    const nasty = '<img src=x onerror=alert(1)>\r\n\r\nevent: evil\rdata: x\n\n\u2028'
    await working(nasty, nasty, nasty)
    await client.receives('the text', () => client.text.includes('&lt;img src=x'))
    expect(client.text).not.toContain('<img src=x')
    expect(client.events.every(({ event }) => event === 'patch' || event === 'hb')).toBe(true)
    client.close()
  })

  it.each([
    ['', 400],
    ['topic=', 400],
    ['topic=nothing', 400],
    ['topic=board%3Fcolor%3Dred', 400],
    ['topic=board%3Fstate%3Dnope', 400],
    ['topic=project%2F..%2Fx', 400],
    ['topic=agent%2Fx', 400],
    ['topic=board&types=a', 400],
    [Array.from({ length: 17 }, (_, index) => `topic=board%3Fagent%3D${index + 1}`).join('&'), 400],
    ['topic=agent%2F999999', 404],
    ['topic=project%2Funknown', 404],
    ['topic=board&topic=project%2Funknown', 404],
  ])('refuses %s with %i', async (query, status) => {
    for (const accept of ['text/event-stream', 'text/html']) {
      const response = await muster.fetch(`/live?${query}`, { headers: { Accept: accept } })
      expect(response.status).toBe(status)
      expect(await response.json()).toMatchObject({ error: expect.any(String) })
    }
    expect(muster.services.connections.count('pages')).toBe(0)
  })

  it('ends a stream whose page has no room any more once it is open, and frees its slot', async () => {
    const { pageStreams, connections } = muster.services
    await until('the others are gone', () => connections.count('pages') === 0)
    const serve = vi.spyOn(pageStreams, 'serve').mockImplementationOnce(() => {
      throw new TooManyPages('full', 30)
    })
    await open('topic=board').catch(() => undefined)
    expect(serve).toHaveBeenCalledOnce()
    serve.mockRestore()
    await until('the slot is free', () => connections.count('pages') === 0)
  })

  it('serves sixteen topics', async () => {
    const topics = Array.from({ length: 16 }, (_, index) => `topic=board%3Fagent%3D${index + 1}`)
    const client = await open(topics.join('&'))
    expect(client.status).toBe(200)
    client.close()
  })
})
