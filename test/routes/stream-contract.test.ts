import type { EventSourceMessage } from 'eventsource-parser'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { RawClient, StreamClient } from '../support/client'
import { TestDebate } from '../support/debate'
import { startTestMuster, type TestMuster } from '../support/muster'
import { TestPerson } from '../support/person'
import { until } from '../support/wait'

/** What all streams have in common, whatever they send. What is one stream's own has a file of its own. */
interface Stream {
  readonly pool: 'events' | 'pages' | 'v2' | 'debates'
  readonly path: () => string
  /** The first bytes of its body. */
  readonly opening: RegExp
  /** What it gives where there is nothing to tell. */
  readonly beat: RegExp
  readonly cacheControl: string
  readonly cursorOf: (id: number) => string
  /** Lets something happen that it tells, and returns the row in which it did. */
  readonly happen: (text: string) => Promise<number>
  /** Whether this frame carries a row; one of pages or figures may stand for several. */
  readonly tells: (event: EventSourceMessage) => boolean
  readonly refusal: { retryAfter: string; body: object }
  /** Debates are kept longer than the log. */
  readonly expires: boolean
}

const MAX = 3
const ROOMS = { error: 'Maximum connections reached', max_connections: MAX }
const V2_ROOMS = { detail: 'Maximum connections reached', max_connections: MAX }
const V2_OPENING =
  /^retry: 3000\n\nevent: heartbeat\nid: evt_\d+\.\d+\ndata: \{.*\}\n\nevent: metrics\nid: evt_\d+\.\d+\ndata: \{.*\}\n\n/

let muster: TestMuster
let person: TestPerson
let debate: TestDebate
let view = ''
const clients: { close(): void }[] = []

beforeAll(async () => {
  muster = await startTestMuster({
    SSE_HEARTBEAT_INTERVAL_SECONDS: '0.3',
    SSE_MAX_CONNECTIONS: String(MAX),
    SSE_RETRY_AFTER_SECONDS: '7',
  })
  person = await TestPerson.come(muster)
  debate = await TestDebate.begin(muster)
  view = (await person.save('contract', { types: ['told'] })).id
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  const { connections } = muster.services
  const pools = Object.values(ALL).map(({ pool }) => pool)
  await until('all streams are gone', () => pools.every((pool) => connections.count(pool) === 0))
})
afterAll(() => muster.stop())

async function report(message: string): Promise<number> {
  const said = { type: 'told', project: 'contract', agent: 'a', state: 'processing' }
  const { last_id } = await muster.report({ ...said, message, data: { [message]: [message] } })
  await until('it is read', () => muster.services.pageStreams.cursor >= last_id)
  return last_id
}

const OF_ROWS = {
  pool: 'events',
  cacheControl: 'no-cache, no-transform',
  beat: /\n\n: heartbeat\n\n/,
  cursorOf: String,
  happen: report,
  tells: ({ event }) => event === undefined,
  refusal: { retryAfter: '7', body: ROOMS },
  expires: true,
} satisfies Partial<Stream>

const V2 = {
  ...OF_ROWS,
  pool: 'v2',
  opening: V2_OPENING,
  beat: /\n\nevent: heartbeat\n(?:.*\n)*\nevent: heartbeat\n/,
  cursorOf: (id: number) => `evt_${id}`,
  refusal: { retryAfter: '30', body: V2_ROOMS },
} satisfies Partial<Stream>

const ROWS: Record<string, Stream> = {
  'events of the log': {
    ...OF_ROWS,
    path: () => '/api/events?types=told',
    opening: /^retry: 3000\n\n/,
    tells: ({ event }) => event === 'told',
  },
  'the feed': {
    ...OF_ROWS,
    path: () => '/api/events/stream?types=told',
    opening: /^retry: 3000\n\nid: \d+\n\n/,
  },
  'a saved view': {
    ...V2,
    path: () => `/api/v2/configurations/${view}/stream?`,
    cacheControl: 'no-store, no-transform',
    tells: ({ event }) => event === 'new_item',
  },
  'a debate': {
    ...OF_ROWS,
    pool: 'debates',
    path: () => `${debate.path}/stream?`,
    opening: /^retry: 3000\n\nevent: connected\ndata: \{.*\}\n\nid: \d+\n\n/,
    happen: async (text) => (await debate.say(text)).body.eventId,
    tells: ({ event }) => event === 'utterance',
    expires: false,
  },
}
const ALL: Record<string, Stream> = {
  ...ROWS,
  figures: {
    ...V2,
    path: () => '/api/v2/stream?',
    tells: ({ event }) => event === 'metrics',
  },
  'a page': {
    ...OF_ROWS,
    pool: 'pages',
    path: () => '/live?topic=board',
    opening: /^retry: 3000\n\n/,
    beat: /\n\nevent: hb\nid: \d+\n/,
    tells: ({ event }) => event === 'patch',
  },
}

async function open({ path }: Stream, cursor?: string, query = ''): Promise<StreamClient> {
  const client = await StreamClient.open(`${muster.address}${path()}${query}`, {
    Cookie: person.cookie,
    ...(cursor !== undefined && { 'Last-Event-ID': cursor }),
  })
  clients.push(client)
  if (client.status === 200) {
    await client.receives('its first block', () => client.text.includes('\n\n'))
  }
  return client
}

const rowOf = ({ id }: EventSourceMessage) => Number(/\d+/.exec(id ?? '')?.[0])
const rowsOf = (stream: Stream, client: StreamClient) =>
  client.events.filter(stream.tells).map(rowOf)
const resetsOf = ({ events }: StreamClient) => events.filter(({ event }) => event === 'reset')
const receives = (stream: Stream, client: StreamClient, row: number) =>
  client.receives(`row ${row}`, () => rowsOf(stream, client).some((id) => id >= row))

describe.each(Object.entries(ALL))('the stream of %s', (_, stream) => {
  it('is one by its headers, and says first how long to wait before coming back', async () => {
    await stream.happen('before')
    const client = await RawClient.open(muster.address)
    clients.push(client)
    client.send([
      `GET ${stream.path()} HTTP/1.1`,
      'Host: 127.0.0.1',
      'Accept: text/event-stream',
      `Cookie: ${person.cookie}`,
    ])
    await client.receives('its first blocks', () => stream.opening.test(client.body))
    expect(client.text).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(client.head).toMatch(/^content-type: text\/event-stream\r$/im)
    expect(client.head).toMatch(new RegExp(`^cache-control: ${stream.cacheControl}\\r$`, 'im'))
    expect(client.head).toMatch(/^x-accel-buffering: no\r?$/im)
    expect(client.head).toMatch(/^connection: keep-alive\r?$/im)
    expect(client.head).not.toMatch(/content-encoding/i)
  })

  it('says of itself to HEAD what it says to GET, and takes no slot for it', async () => {
    const headers = { Cookie: person.cookie }
    const answer = await muster.fetch(stream.path(), { method: 'HEAD', headers })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/event-stream')
    expect(answer.headers.get('cache-control')).toBe(stream.cacheControl)
    expect(answer.headers.get('x-accel-buffering')).toBe('no')
    expect(muster.services.connections.count(stream.pool)).toBe(0)
  })

  it('gives signs of life', async () => {
    const client = await open(stream)
    await client.receives('one', () => stream.beat.test(client.text))
  })

  it('goes on from any id that it gave out, by the header or the address', async () => {
    const client = await open(stream)
    const row = await stream.happen('first')
    await receives(stream, client, row)
    const ids = client.events.flatMap(({ id }) => (id === undefined ? [] : [id]))
    client.close()
    const next = await stream.happen('second')
    for (const id of new Set([ids.at(0), ids.at(-1)])) {
      for (const again of [
        await open(stream, id),
        await open(stream, '', `&last_event_id=${id}`),
      ]) {
        await receives(stream, again, next)
        expect(resetsOf(again)).toEqual([])
        again.close()
      }
    }
  })

  it.each([
    ['malformed', 'abc'],
    ['malformed', '-5'],
    ['malformed', '1e3'],
    ['malformed', '99999999999999999999'],
    ['ahead', '9007199254740000'],
    ['expired', '5'],
  ])('answers a cursor that is %s (%s) with one reset, and goes on', async (reason, given) => {
    const before = await stream.happen('before')
    const client = await open(stream, given)
    if (reason === 'expired' && !stream.expires) {
      await receives(stream, client, before)
      expect(resetsOf(client)).toEqual([])
      return
    }
    await client.receives('the reset', () => resetsOf(client).length > 0)
    const row = await stream.happen('after')
    await receives(stream, client, row)
    const [reset, ...others] = resetsOf(client)
    expect(others).toEqual([])
    expect(JSON.parse(reset?.data ?? '')).toEqual({ reason, last_event_id: given })
    expect(reset && rowOf(reset)).toBeGreaterThanOrEqual(before)
    expect(reset && rowOf(reset)).toBeLessThan(row)
  })

  it('is refused to the one too many, who is told when to come back', async () => {
    for (let n = 0; n < MAX; n++) expect((await open(stream)).status).toBe(200)
    const headers = { Cookie: person.cookie }
    const refused = await muster.fetch(stream.path(), { headers })
    expect(refused.status).toBe(503)
    expect(refused.headers.get('content-type')).toBe('application/json')
    expect(refused.headers.get('cache-control')).toBe('no-store')
    expect(refused.headers.get('retry-after')).toBe(stream.refusal.retryAfter)
    expect(await refused.text()).toBe(JSON.stringify(stream.refusal.body))
    clients.shift()?.close()
    await until('a slot is free', () => muster.services.connections.count(stream.pool) < MAX)
    expect((await open(stream)).status).toBe(200)
  })

  it('keeps whatever was said inside its frames', async () => {
    const nasty = '<img src=x>\r\ndata: x\r\n\r\nevent: evil\rid: 1\n\n\u2028\u2029\0\uD800'
    const client = await open(stream)
    const names = new Set(['told', 'utterance', 'new_item', 'metrics', 'heartbeat', 'patch', 'hb'])
    await receives(stream, client, await stream.happen(nasty))
    await receives(stream, client, await stream.happen('harmless'))
    const foreign = client.events.filter(({ event = 'told' }) => !names.has(event))
    expect(foreign.map(({ event }) => event)).toEqual(
      stream.pool === 'debates' ? ['connected'] : [],
    )
    const own = /^((event|id|data|retry): .*|data:|: heartbeat|)$/s
    expect(client.text.split(/\r\n|\r|\n/).filter((line) => !own.test(line))).toEqual([])
  })

  it('refuses what it does not know to select by', async () => {
    const headers = { Cookie: person.cookie }
    const refused = await muster.fetch(`${stream.path()}&color=red`, { headers })
    expect(refused.status).toBe(400)
    const said = JSON.stringify(await refused.json())
    expect(said).toContain('color')
  })
})

describe.each(Object.entries(ROWS))('the stream of %s', (_, stream) => {
  it('goes on after a cut without a hole and without a double, by the header first', async () => {
    const first = await open(stream)
    const rows: number[] = []
    for (const text of ['a', 'b', 'c']) rows.push(await stream.happen(text))
    await receives(stream, first, rows[2] ?? 0)
    expect(rowsOf(stream, first)).toEqual(rows)
    first.close()
    for (const text of ['d', 'e']) rows.push(await stream.happen(text))
    for (const [seen, row] of rows.slice(0, -1).entries()) {
      const cursor = stream.cursorOf(row)
      const byHeader = await open(stream, cursor, `&last_event_id=${stream.cursorOf(rows[0] ?? 0)}`)
      const byQuery = await open(stream, undefined, `&last_event_id=${cursor}`)
      for (const client of [byHeader, byQuery]) {
        await receives(stream, client, rows.at(-1) ?? 0)
        expect(rowsOf(stream, client)).toEqual(rows.slice(seen + 1))
        client.close()
      }
    }
  })
})
