import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RawClient, StreamClient } from '../support/client'
import { cursorHeader, DebateStreams, entriesOf, idsOf, TestDebate } from '../support/debate'
import { startMusterOn, startTestMuster, type TestMuster } from '../support/muster'

let muster: TestMuster
const streams = new DebateStreams()

beforeAll(async () => {
  muster = await startTestMuster()
})
afterAll(async () => {
  streams.close()
  await muster.stop()
})

const AT = /"timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/g
const PHASE = '"phase":"phase_1_opening"'

describe('the bytes', () => {
  it('of the head and the first frames', async () => {
    const debate = await TestDebate.begin(muster)
    const said = await debate.say('Before')
    const client = await RawClient.open(muster.address)
    client.send([`GET ${debate.path}/stream HTTP/1.1`, 'Host: localhost'])
    await client.receives('the first frames', () => /\nid: \d+\n\n$/.test(client.body))
    expect(client.status).toBe(200)
    expect(client.head).toContain('Content-Type: text/event-stream\r\n')
    expect(client.head).toContain('Cache-Control: no-cache, no-transform\r\n')
    expect(client.head).toContain('Connection: keep-alive')
    expect(client.head).toContain('X-Accel-Buffering: no')
    expect(client.head).not.toMatch(/content-encoding/i)
    const { eventId } = said.body
    expect(
      client.body.replace(AT, '"timestamp":T').replace(/"elapsedMs":\d+/, '"elapsedMs":N'),
    ).toMatch(
      new RegExp(
        `^retry: 3000\n\nevent: connected\ndata: {"clientId":"[0-9a-f-]{36}","debateId":"${debate.id}",` +
          `"status":"active",${PHASE},"speaker":"pro","turnNumber":1,"elapsedMs":N,` +
          `"lastEventId":${eventId},"timestamp":T}\n\nid: ${eventId}\n\n$`,
      ),
    )
    client.close()
  })

  it('of every frame that there is', async () => {
    const debate = await TestDebate.begin(muster)
    const client = await streams.watchLive(debate)
    const before = client.text.length
    const id = randomUUID()
    const put = randomUUID()
    await debate.say('One\nline: "two"', { id })
    await debate.post('/phase', { phase: 'phase_2_constructive', speaker: 'con' })
    await debate.post('/interventions', {
      id: put,
      type: 'question',
      content: 'Why?',
      directedTo: 'pro',
    })
    await debate.post(`/interventions/${put}/response`, { speaker: 'pro', response: 'Because' })
    await debate.post('/pause', { reason: 'Lunch' })
    await debate.post('/resume')
    await debate.post('/complete')
    await client.receives('its end', () => client.isEnded)
    const second = '"phase":"phase_2_constructive"'
    const ids = await debate.ids()
    const frames = [
      ['utterance', `{"id":"${id}",T,${PHASE},"speaker":"pro","content":"One\\nline: \\"two\\""}`],
      ['phase_transition', `{${second},"from":"phase_1_opening","speaker":"con",T}`],
      [
        'intervention',
        `{"interventionId":"${put}","type":"question","content":"Why?","directedTo":"pro",T}`,
      ],
      [
        'intervention_response',
        `{"interventionId":"${put}","response":"Because","speaker":"pro",T}`,
      ],
      ['pause', `{${second},"speaker":"con","reason":"Lunch",T}`],
      ['resume', `{${second},"speaker":"con",T}`],
      ['complete', `{"debateId":"${debate.id}","utteranceCount":1,"totalDurationMs":N,T}`],
    ]
    expect(
      client.text
        .slice(before)
        .replace(AT, 'T')
        .replace(/"totalDurationMs":\d+/, '"totalDurationMs":N'),
    ).toBe(
      frames
        .map(([event, data], index) => `event: ${event}\nid: ${ids[index]}\ndata: ${data}\n\n`)
        .join(''),
    )
  })

  it('of what somebody reads who has not been let in', async () => {
    const id = randomUUID()
    const response = await muster.fetch(`/api/debates/${id}/stream`)
    expect(response.status).toBe(404)
    expect(await response.text()).toBe(`{"error":"Debate not found","debateId":"${id}"}`)
  })
})

describe('going on', () => {
  it('after a cut has no hole and no double, whatever the cursor', async () => {
    const debate = await TestDebate.begin(muster)
    const first = await streams.watchLive(debate)
    for (let i = 0; i < 5; i++) await debate.say(`Before ${i}`)
    await first.receives('five', () => entriesOf(first).length === 5)
    first.close()
    for (let i = 0; i < 5; i++) await debate.say(`Meanwhile ${i}`)
    const ids = await debate.ids()
    for (const seen of [0, 1, 4, 9]) {
      const after = seen === 0 ? 0 : (ids[seen - 1] ?? 0)
      const client = await streams.watch(debate, '', after)
      await client.receives('the rest', () => idsOf(client).length === ids.length - seen)
      expect(idsOf(client)).toEqual(ids.slice(seen))
      const connected = JSON.parse(client.events[0]?.data ?? '') as { lastEventId: number }
      // 0 is before the first row of the log.
      expect(connected.lastEventId).toBeGreaterThanOrEqual(after)
      expect(connected.lastEventId).toBeLessThan(ids[seen] ?? 0)
      expect(client.text).not.toContain('event: reset')
    }
  })

  it('works by the query, which the header wins over', async () => {
    const debate = await TestDebate.begin(muster)
    for (let i = 0; i < 4; i++) await debate.say(`No ${i}`)
    const ids = await debate.ids()
    const client = await streams.watch(debate, `?last_event_id=${ids[1]}`)
    await client.receives('two', () => idsOf(client).length === 2)
    expect(idsOf(client)).toEqual(ids.slice(2))
    const other = await streams.watch(debate, `?replay=all&last_event_id=${ids[0]}`, ids[2])
    await other.receives('one', () => idsOf(other).length === 1)
    expect(idsOf(other)).toEqual(ids.slice(3))
  })

  it('with ?replay=all begins at the beginning, and goes on live', async () => {
    const debate = await TestDebate.begin(muster)
    await debate.fill(700)
    const client = await streams.watch(debate, '?replay=all')
    await client.receives('all of it', () => idsOf(client).length === 700)
    await debate.say('Live')
    await client.receives('what comes', () => idsOf(client).length === 701)
    expect(idsOf(client)).toEqual(await debate.ids())
  })

  it('works after the log has been trimmed', async () => {
    const debate = await TestDebate.begin(muster)
    for (let i = 0; i < 3; i++) await debate.say(`Long ago ${i}`)
    const ids = await debate.ids()
    const other = await startAnother()
    await muster.sql('UPDATE log_floor SET trimmed_through = (SELECT max(id) FROM events)')
    await muster.sql('DELETE FROM events')
    for (const [query, cursor, expected] of [
      ['?replay=all', undefined, ids],
      ['', ids[0], ids.slice(1)],
      ['', 0, ids],
    ] as const) {
      const url = `${other.address}${debate.path}/stream${query}`
      const client = await StreamClient.open(url, cursorHeader(cursor))
      await client.receives('what is kept', () => idsOf(client).length === expected.length)
      expect(idsOf(client)).toEqual(expected)
      expect(client.text).not.toContain('event: reset')
      client.close()
    }
    await other.stop()
  })

  it('after a restore is told that what was seen may be gone', async () => {
    const debate = await TestDebate.begin(muster)
    await debate.say('Seen')
    const [seen = 0] = await debate.ids()
    await muster.sql(`INSERT INTO events (type) VALUES ('lost'), ('log_restored')`)
    await muster.sql('UPDATE log_floor SET trimmed_through = (SELECT max(id) - 1 FROM events)')
    const other = await startAnother()
    const client = await StreamClient.open(`${other.address}${debate.path}/stream`, {
      'Last-Event-ID': String(seen),
    })
    await client.receives('the reset', () => client.text.includes('"reason":"expired"'))
    client.close()
    await other.stop()
  })

  it.each(['?replay=some', '?replay=all&replay=all', '?types=utterance'])(
    'refuses %s',
    async (query) => {
      const debate = await TestDebate.begin(muster)
      expect((await muster.fetch(`${debate.path}/stream${query}`)).status).toBe(400)
    },
  )
})

/** One that has read nothing of the log yet, and has to ask the database. */
const startAnother = () => startMusterOn(muster.databaseUrl)
