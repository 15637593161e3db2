import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RawClient } from '../support/client'
import { sharedMuster, startTestMuster, type TestMuster } from '../support/muster'
import { until } from '../support/wait'

let muster: TestMuster

beforeAll(async () => {
  muster = await sharedMuster()
})
afterAll(() => muster.stop())

const JSON_TYPE = { 'Content-Type': 'application/json' }
const post = (path: string, body: string | Uint8Array<ArrayBuffer>, headers = {}) =>
  muster.fetch(path, { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body })
const hook = (fields: object = {}) =>
  JSON.stringify({ session_id: 's1', hook_event_name: 'Stop', cwd: '/srv/app', ...fields })
const event = (fields: object = {}) => JSON.stringify({ type: 'noted', project: 'p', ...fields })
const count = async (type: string) => {
  const { rows } = await muster.sql('SELECT count(*)::int AS n FROM events WHERE type = $1', [type])
  return Number(rows[0].n)
}
const answerOf = async (response: Response) => ({
  status: response.status,
  body: (await response.json()) as Record<string, unknown>,
})

describe('POST /hooks/claude-code', () => {
  it('answers with an empty object after the commit', async () => {
    const session = `stored-${Date.now()}`
    const answer = await answerOf(await post('/hooks/claude-code', hook({ session_id: session })))
    expect(answer).toEqual({ status: 200, body: {} })
    const { rows } = await muster.sql('SELECT 1 FROM agents WHERE session_id = $1', [session])
    expect(rows).toHaveLength(1)
  })

  it('takes events, fields and shapes that nobody has heard of', async () => {
    for (const body of [
      hook({ hook_event_name: 'SomethingNew', prompt_id: 7, tool_input: 'not an object' }),
      hook({ notification_type: 'unheard_of', hook_event_name: 'Notification', extra: [{}] }),
      hook({ message: '\u0000 \uD800 \u2028 <script>alert(1)</script>' }),
    ]) {
      expect((await post('/hooks/claude-code', body)).status).toBe(200)
    }
  })

  it('takes 16 MiB, and not a byte more', async () => {
    const around = hook({ tool_response: '' }).length
    const most = hook({ tool_response: 'x'.repeat(16 * 1024 * 1024 - around) })
    expect((await post('/hooks/claude-code', most)).status).toBe(200)
    expect((await post('/hooks/claude-code', `${most} `)).status).toBe(413)
  })

  it('takes any depth of nesting', async () => {
    const deep = '['.repeat(10_000) + ']'.repeat(10_000)
    const body = hook({ tool_input: { deep: 'HERE' } }).replace('"HERE"', deep)
    expect((await post('/hooks/claude-code', body)).status).toBe(200)
  })

  it('takes a byte order mark, and text that is not UTF-8', async () => {
    const marked = new Uint8Array([0xef, 0xbb, 0xbf, ...Buffer.from(hook())])
    const broken = new Uint8Array(Buffer.from(hook({ message: 'X' })))
    broken[broken.lastIndexOf('X'.charCodeAt(0))] = 0xff
    expect((await post('/hooks/claude-code', marked)).status).toBe(200)
    expect((await post('/hooks/claude-code', broken)).status).toBe(200)
  })

  it.each(['', '[]', 'null', '"x"', '{}', '{"session_id":"s"}'])('refuses %j', async (body) => {
    const { status, body: answer } = await answerOf(await post('/hooks/claude-code', body))
    expect(status).toBe(400)
    expect(answer.error).toEqual(expect.any(String))
  })

  it('refuses a page of another site that pretends to be a form', async () => {
    const type = { 'Content-Type': 'text/plain' }
    expect((await post('/hooks/claude-code', hook(), type)).status).toBe(415)
    const { status } = await muster.fetch('/hooks/claude-code', { method: 'POST' })
    expect(status).toBe(415)
    expect((await post('/hooks/claude-code', hook(), { 'Content-Encoding': 'gzip' })).status).toBe(
      415,
    )
  })
})

describe('POST /api/events', () => {
  it('gives a receipt for one event, for an array and for lines', async () => {
    const { body: one, status } = await answerOf(await post('/api/events', event()))
    expect({ status, ...one }).toEqual({
      status: 201,
      accepted: 1,
      duplicates: 0,
      last_id: expect.any(Number),
    })
    const { body: many } = await answerOf(await post('/api/events', `[${event()},${event()}]`))
    expect(many).toMatchObject({ accepted: 2 })
    const lines = `${event()}\r\n\n${event()}\n${event()}`
    const { body: three } = await answerOf(
      await post('/api/events', lines, { 'Content-Type': 'application/x-ndjson; charset=utf-8' }),
    )
    expect(three).toMatchObject({ accepted: 3 })
    expect(Number(three.last_id)).toBeGreaterThan(Number(many.last_id))
  })

  it.each([
    ['application/json; charset=utf-16', 415],
    ['application/json;charset="iso-8859-1"', 415],
    ['application/json; charset=', 415],
    ['application/json; charset="UTF-8"', 201],
    ['Application/JSON ; Charset=utf8', 201],
    ['application/json; profile=x', 201],
  ])('takes text of one encoding only: %s is %i', async (type, status) => {
    const response = await post('/api/events', event(), { 'Content-Type': type })
    expect(response.status).toBe(status)
  })

  it('stores all of a request or nothing, and says which item and field is wrong', async () => {
    const items = `[${event({ type: 'whole' })},${event({ type: 'whole' })},${event({ type: 'Bad' })}]`
    const { status, body } = await answerOf(await post('/api/events', items))
    expect(status).toBe(400)
    expect(body).toEqual({ error: expect.stringContaining('type'), field: 'type', index: 2 })
    expect(await count('whole')).toBe(0)
  })

  it('counts what has the same key once', async () => {
    const keyed = event({ type: 'keyed', dedupe_key: 'k1' })
    await post('/api/events', keyed)
    const { body } = await answerOf(await post('/api/events', keyed))
    expect(body).toMatchObject({ accepted: 0, duplicates: 1, last_id: expect.any(Number) })
    expect(Number(body.last_id)).toBeGreaterThan(0)
    expect(await count('keyed')).toBe(1)
  })

  it('lets a value that the database refuses fail alone', async () => {
    const bodies = Array.from({ length: 20 }, (_, index) =>
      index === 7
        ? event({ type: 'poisonous' }).replace('}', ',"data":{"n":1e200000}}')
        : event({ type: 'harmless' }),
    )
    const answers = await Promise.all(bodies.map((body) => post('/api/events', body)))
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 201).length).toBeGreaterThanOrEqual(19)
    expect(await count('harmless')).toBe(19)
  })

  it.each([
    ['{"type":"a",', 'line 1, column 13'],
    ['{"type":"a"\n "project":"b"}', 'line 2, column 2'],
    ['', 'empty'],
    ['   ', 'empty'],
  ])('says where %j stops being JSON', async (body, place) => {
    const { status, body: answer } = await answerOf(await post('/api/events', body))
    expect(status).toBe(400)
    expect(answer.error).toContain(place)
  })

  it('says in which line something stops being JSON', async () => {
    const lines = `${event()}\n{"type":\n`
    const type = { 'Content-Type': 'application/x-ndjson' }
    const { status, body } = await answerOf(await post('/api/events', lines, type))
    expect(status).toBe(400)
    expect(body.error).toContain('line 2, column 9')
  })

  it('says so when there is no event in it', async () => {
    for (const type of ['application/json', 'application/x-ndjson']) {
      const body = type === 'application/json' ? '[]' : '\n\n'
      expect((await post('/api/events', body, { 'Content-Type': type })).status).toBe(400)
    }
  })

  it('takes a megabyte, and not a byte more', async () => {
    const around = event({ message: '' }).length
    const most = event({ message: 'x'.repeat(1024 * 1024 - around) })
    expect((await post('/api/events', most)).status).toBe(201)
    const { status, body } = await answerOf(await post('/api/events', `${most} `))
    expect(status).toBe(413)
    expect(body.error).toContain('1048576')
  })

  it('refuses the names that are its own', async () => {
    for (const type of ['error', 'reset', 'patch', 'state_transition']) {
      expect((await post('/api/events', event({ type }))).status).toBe(400)
    }
  })
})

describe('a body that comes otherwise than announced', () => {
  const lines = (...more: string[]) => [
    'POST /api/events HTTP/1.1',
    'Host: localhost',
    'Content-Type: application/json',
    ...more,
  ]

  it('is refused as soon as it is too long, though no length was announced', async () => {
    const client = await RawClient.open(muster.address)
    client.send(lines('Transfer-Encoding: chunked'))
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    for (let i = 0; i < 40; i++) client.socket.write(chunk)
    await client.receives('the refusal', () => client.status === 413)
    await client.receives('the end', () => client.isClosed)
  })

  it('is refused before it is sent when what is announced is too long', async () => {
    const client = await RawClient.open(muster.address)
    client.send(lines('Content-Length: 999999999'))
    await client.receives('the refusal', () => client.status === 413)
    expect(client.head).toMatch(/connection: close/i)
    await client.receives('the end', () => client.isClosed)
  })

  it('is never taken for another request when it is longer than announced', async () => {
    const client = await RawClient.open(muster.address)
    const body = event({ type: 'short' })
    client.send(lines(`Content-Length: ${body.length}`), `${body}${event({ type: 'smuggled' })}`)
    await client.receives('the refusal', () => client.text.includes(' 400 Bad Request'))
    await client.receives('the end', () => client.isClosed)
    expect(await count('smuggled')).toBe(0)
  })

  it('harms nobody when it breaks off', async () => {
    const faults: unknown[] = []
    const note = (fault: unknown) => faults.push(fault)
    process.on('unhandledRejection', note)
    const client = await RawClient.open(muster.address)
    client.send(lines('Content-Length: 1000'), '{"type":')
    await until('the request is read', () => client.socket.writableLength === 0)
    client.close()
    expect((await post('/api/events', event())).status).toBe(201)
    process.off('unhandledRejection', note)
    expect(faults).toEqual([])
  })
})

describe('a stalled database', () => {
  it('refuses with 503 what would wait too long, and stores what it has taken', async () => {
    const stalled = await startTestMuster()
    const holder = stalled.sql(
      "SELECT pg_advisory_xact_lock(hashtext('muster.events')), pg_sleep(2.5)",
    )
    await until('the log is held', async () => {
      const { rows } = await stalled.sql("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'")
      return rows.length > 0
    })
    const body = event({ type: 'patient' })
    const request = [
      'POST /api/events HTTP/1.1',
      'Host: localhost',
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n')
    const clients = await Promise.all(
      Array.from({ length: 10 }, () => RawClient.open(stalled.address)),
    )
    for (const client of clients) client.socket.write(request.repeat(260))
    const answers = () => clients.map(({ text }) => text).join('')
    const answered = (status: number) => answers().split(`HTTP/1.1 ${status}`).length - 1
    await until('all are answered', () => answered(201) + answered(503) === 2_600, 20_000)
    await holder
    expect(answered(503)).toBeGreaterThan(0)
    expect(answers()).toMatch(/retry-after: [12]\r/i)
    // The database is well: it is Muster that has too much to do.
    expect(answers()).not.toContain('cannot be reached')
    const { rows } = await stalled.sql(
      "SELECT count(*)::int AS n FROM events WHERE type = 'patient'",
    )
    expect(rows[0].n).toBe(answered(201))
    for (const client of clients) client.close()
    await stalled.stop()
  })
})
