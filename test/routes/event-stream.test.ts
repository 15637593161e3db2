import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RawClient, StreamClient } from '../support/client'
import { startTestMuster, type TestMuster } from '../support/muster'

let muster: TestMuster

beforeAll(async () => {
  muster = await startTestMuster({ SSE_HEARTBEAT_INTERVAL_SECONDS: '0.3' })
})
afterAll(() => muster.stop())

const open = (query = '', headers: Record<string, string> = {}) =>
  StreamClient.open(`${muster.address}/api/events${query}`, headers)
const report = (type: string, more: object = {}) =>
  muster.report({ type, project: 'wire', ...more }).then(({ last_id }) => last_id)

describe('GET /api/events', () => {
  it('sends each row as a name, an id and one line of JSON', async () => {
    const client = await RawClient.open(muster.address)
    client.send(['GET /api/events?types=build_done HTTP/1.1', 'Host: localhost'])
    await client.receives('its first block', () => client.body.includes('\n\n'))
    const id = await report('build_done', { message: 'it is green', agent: 'ci' })
    // A sign of life may follow it.
    const frameOf = (body: string) => /event: (?:.*\n)*?\n/.exec(body)?.[0] ?? ''
    await client.receives('the row', () => frameOf(client.body) !== '')
    const [event, idLine, data, ...rest] = frameOf(client.body).split('\n')
    expect([event, idLine, ...rest]).toEqual(['event: build_done', `id: ${id}`, '', ''])
    expect(JSON.parse(data?.replace(/^data: /, '') ?? '')).toMatchObject({
      project_id: expect.any(Number),
      agent_id: expect.any(Number),
      message: 'it is green',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    })
    client.close()
  })

  it('gives the exact sign of life, and moves the cursor of one who was sent nothing', async () => {
    const client = await open('?types=never_sent')
    const id = await report('another')
    await client.receives('the new cursor', () => client.text.includes(`\n\nid: ${id}\n\n`))
    await client.receives('a plain heartbeat', () => client.text.endsWith(': heartbeat\n\n'))
    expect(client.text.replace(/(: heartbeat\n\n|id: \d+\n\n)/g, '')).toBe('retry: 3000\n\n')
    expect(client.events).toEqual([])
    client.close()
  })

  it('selects by type, project and agent, each a list, all of them together', async () => {
    const first = await report('alpha', { project: 'p1', agent: 'a1' })
    const { rows } = await muster.sql(`SELECT project_id, agent_id FROM events WHERE id = ${first}`)
    const [{ project_id: project, agent_id: agent }] = rows
    const queries = {
      '?types=alpha': ['alpha p1 a1', 'alpha p1 a2', 'alpha p2 a3'],
      '?types=beta,alpha': ['alpha p1 a1', 'beta p1 a1', 'alpha p1 a2', 'alpha p2 a3'],
      [`?project_id=${project}&types=alpha`]: ['alpha p1 a1', 'alpha p1 a2'],
      [`?agent_id=${agent}&types=alpha,beta`]: ['alpha p1 a1', 'beta p1 a1'],
      [`?agent_id=${agent}&project_id=${project}&types=beta`]: ['beta p1 a1'],
      [`?agent_id=${agent},999999&types=beta`]: ['beta p1 a1'],
      '?types=nobody_sent_this': [],
      '?project_id=999999': [],
    }
    const clients = await Promise.all(
      Object.keys(queries).map((query) => open(query, { 'Last-Event-ID': String(first) })),
    )
    for (const said of ['alpha p1 a1', 'beta p1 a1', 'alpha p1 a2', 'alpha p2 a3']) {
      const [type = '', project, agent] = said.split(' ')
      await muster.report({ type, project, agent, message: said })
    }
    const end = await report('the_end')
    for (const [index, [query, expected]] of Object.entries(queries).entries()) {
      const client = clients[index]
      await client?.receives(`everything of ${query}`, () =>
        client.events.length > expected.length ? true : cursorOf(client) === end,
      )
      const said = client?.events.map(({ data }) => JSON.parse(data).message)
      expect({ [query]: said }).toEqual({ [query]: expected })
      client?.close()
    }
  })

  it.each([
    ['?color=red', 'color'],
    ['?types=', 'types'],
    ['?types=a,,b', 'types'],
    ['?types=Upper', 'types'],
    ['?types=a%0Ab', 'types'],
    ['?project_id=', 'project_id'],
    ['?project_id=x', 'project_id'],
    ['?project_id=1.5', 'project_id'],
    ['?project_id=-1', 'project_id'],
    ['?project_id=99999999999999999999', 'project_id'],
    ['?agent_id=0', 'agent_id'],
    ['?agent_id=1%202', 'agent_id'],
    ['?types=a&types=b', 'types'],
    ['?Types=a', 'Types'],
    ['?__proto__=a', '__proto__'],
  ])('refuses %s and names the field', async (query, field) => {
    const response = await muster.fetch(`/api/events${query}`)
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({ error: expect.stringContaining(field), field })
  })

  it('begins with the very first row for the cursor 0', async () => {
    await report('zero')
    const { rows } = await muster.sql('SELECT id FROM events ORDER BY id')
    const client = await open('', { 'Last-Event-ID': '0' })
    await client.receives('the whole log', () => client.events.length >= rows.length)
    expect(client.ids).toEqual(rows.map(({ id }) => Number(id)))
    client.close()
  })

  it('goes on at once from the receipt of a report, though it may not have read that far', async () => {
    for (let round = 0; round < 20; round++) {
      const cursor = await report('receipt')
      const client = await open('?types=receipt', { 'Last-Event-ID': String(cursor) })
      const next = await report('receipt')
      await client.receives('the row after its cursor', () => client.events.length > 0)
      expect(client.ids).toEqual([next])
      client.close()
    }
  })

  it('takes an empty cursor in the address for a malformed one, in the header for none', async () => {
    const byQuery = await open('?last_event_id=')
    await byQuery.receives('a reset', () => byQuery.events.length > 0)
    expect(byQuery.events[0]).toMatchObject({
      event: 'reset',
      data: '{"reason":"malformed","last_event_id":""}',
    })
    const byHeader = await open('?types=reset_test', { 'Last-Event-ID': '' })
    const next = await report('reset_test')
    await byHeader.receives('the next row', () => byHeader.events.length > 0)
    expect(byHeader.ids).toEqual([next])
    byQuery.close()
    byHeader.close()
  })

  it('refuses a history before what nobody can have been given, and not one before what comes next', async () => {
    const head = await report('newest')
    const statusOf = async (id: number) =>
      (await muster.fetch(`/api/events/history?before=${id}`)).status
    expect([await statusOf(head), await statusOf(head + 1)]).toEqual([200, 200])
    expect([await statusOf(0), await statusOf(head + 1_000)]).toEqual([400, 400])
    // Whoever has paged back past the first row is at the end.
    expect(await statusOf(5)).toBe(200)
  })

  it('streams what somebody inserts with psql', async () => {
    const client = await open('?types=from_psql')
    await client.receives('its first block', () => client.text.length > 0)
    await muster.sql(
      `INSERT INTO events (type, summary) VALUES ('from_psql', 'a'), ('from_psql', 'b')`,
    )
    await muster.sql(`INSERT INTO events (type, reported_at) VALUES ('from_psql', 'infinity')`)
    await client.receives('the rows', () => client.events.length === 3)
    const rows = client.events.map(({ data }) => JSON.parse(data))
    expect(rows.map(({ summary }) => summary)).toEqual(['a', 'b', ''])
    expect(rows[2]).toMatchObject({ reported_at: null, project_id: null, agent_id: null })
    client.close()
  })

  it('keeps whatever a payload holds inside its frame', async () => {
    const nasty =
      '<script>alert("1")</script>\r\ndata: x\r\n\r\nevent: evil\rid: 1\n\n\u2028\u2029\0\uD800'
    const client = await open('?types=nasty')
    await client.receives('its first block', () => client.text.length > 0)
    await report('nasty', { message: nasty, data: { [nasty]: [nasty] } })
    const end = await report('nasty')
    await client.receives('both rows', () => client.events.length >= 2)
    expect(client.events.map(({ event }) => event)).toEqual(['nasty', 'nasty'])
    expect(client.events[1]?.id).toBe(String(end))
    const { message } = JSON.parse(client.events[0]?.data ?? '')
    expect(message).toBe(nasty.replace('\0', '\uFFFD').replace('\uD800', '\uFFFD'))
    client.close()
  })

  it('asked for JSON, answers with a page of history that leads on to newer and older rows', async () => {
    const ids: number[] = []
    for (let i = 0; i < 5; i++) ids.push(await report('paged'))
    const page = async (query: string) => {
      const response = await muster.fetch(`/api/events?types=paged${query}`, {
        headers: { Accept: 'application/json' },
      })
      return (await response.json()) as { events: { id: number }[]; next: number; previous: number }
    }
    const newest = await page('&limit=2')
    expect(newest.events.map(({ id }) => id)).toEqual(ids.slice(3).reverse())
    const older = await page(`&limit=2&before=${newest.previous}`)
    expect(older.events.map(({ id }) => id)).toEqual(ids.slice(1, 3).reverse())
    const newer = await page(`&limit=2&after=${ids[0]}`)
    expect(newer.events.map(({ id }) => id)).toEqual(ids.slice(1, 3).reverse())
    expect((await page(`&after=${newer.next}`)).events).toHaveLength(2)
    expect((await page('&after=0')).events).toHaveLength(5)
  })

  it.each(['after=x', 'after=5', 'after=9007199254740000', 'limit=0', 'before=', 'since=1'])(
    'refuses a history of %s',
    async (query) => {
      const response = await muster.fetch(`/api/events/history?${query}`)
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ field: query.split('=')[0] })
    },
  )
})

function cursorOf({ text }: StreamClient): number {
  return Number([...text.matchAll(/^id: (\d+)$/gm)].at(-1)?.[1] ?? 0)
}
