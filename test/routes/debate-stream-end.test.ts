import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DebateStreams, idsOf, namesOf, TestDebate } from '../support/debate'
import { sharedMuster, type TestMuster } from '../support/muster'
import { until } from '../support/wait'

let muster: TestMuster
const streams = new DebateStreams()

beforeAll(async () => {
  muster = await sharedMuster()
})
afterAll(async () => {
  streams.close()
  await muster.stop()
})

describe('the end', () => {
  it('ends every stream, those that are read slowly and those that replay', async () => {
    const debate = await TestDebate.begin(muster)
    await debate.fill(300)
    const live = await streams.watchLive(debate)
    const slow = await streams.watch(debate, '?replay=all')
    slow.pause()
    const replay = await streams.watch(debate, '?replay=all')
    await debate.post('/complete')
    await live.receives('its end', () => live.isEnded)
    expect(namesOf(live)).toEqual(['connected', 'complete'])
    slow.resume()
    for (const client of [slow, replay]) {
      await client.receives('its end', () => client.isEnded)
      expect(idsOf(client)).toEqual(await debate.ids())
    }
    await until('all slots are free', () => activeDebates().then((n) => n === countOpen()))
  })

  it('is told to who comes late, and nothing to who has seen it', async () => {
    const debate = await TestDebate.begin(muster)
    await debate.say('One')
    await debate.post('/complete')
    const [first = 0, last = 0] = await debate.ids()
    const late = await streams.watch(debate)
    await late.receives('its end', () => late.isEnded)
    expect(namesOf(late)).toEqual(['connected', 'complete'])
    expect(idsOf(late)).toEqual([last])
    expect(JSON.parse(late.events[0]?.data ?? '')).toMatchObject({ status: 'complete' })
    const all = await streams.watch(debate, '?replay=all')
    await all.receives('its end', () => all.isEnded)
    expect(idsOf(all)).toEqual([first, last])
    const back = await streams.watch(debate, '', first)
    await back.receives('its end', () => back.isEnded)
    expect(idsOf(back)).toEqual([last])
    const lost = await debate.stream('', { 'Last-Event-ID': 'x' })
    await lost.receives('its end', () => lost.isEnded)
    expect(namesOf(lost)).toEqual(['connected', 'reset', 'complete'])
    for (const cursor of [last, last + 1]) {
      await muster.report({ type: 'note', project: 'else' })
      const response = await muster.fetch(`${debate.path}/stream?replay=all`, {
        headers: { 'Last-Event-ID': String(cursor) },
      })
      expect([response.status, await response.text()]).toEqual([204, ''])
    }
  })
})

describe('many who follow', () => {
  it('sixty see the same, in order, and other debates see nothing of it', async () => {
    const debate = await TestDebate.begin(muster)
    const other = await TestDebate.begin(muster)
    const elsewhere = await streams.watchLive(other)
    const clients = await Promise.all(Array.from({ length: 60 }, () => streams.watchLive(debate)))
    for (let i = 0; i < 20; i++) await debate.say(`Point ${i}`)
    await debate.post('/complete')
    const ids = await debate.ids()
    for (const client of clients) {
      await client.receives('its end', () => client.isEnded)
      expect(idsOf(client)).toEqual(ids)
    }
    const texts = clients.map((client) =>
      client.text.slice(client.text.indexOf('event: utterance')),
    )
    expect(new Set(texts).size).toBe(1)
    expect(namesOf(elsewhere)).toEqual(['connected'])
  })

  it('a pause reaches them in less than a second', async () => {
    const debate = await TestDebate.begin(muster)
    const client = await streams.watchLive(debate)
    const startedAt = performance.now()
    await debate.post('/pause')
    await client.receives('the pause', () => namesOf(client).includes('pause'))
    expect(performance.now() - startedAt).toBeLessThan(1_000)
  })
})

async function activeDebates(): Promise<number> {
  const health = (await (await muster.fetch('/health')).json()) as {
    sse: { by_family: { debates: number } }
  }
  return health.sse.by_family.debates
}

function countOpen(): number {
  return streams.open.filter((client) => client.status === 200 && !client.isEnded).length
}
