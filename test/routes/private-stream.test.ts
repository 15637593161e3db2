import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { RawClient, StreamClient } from '../support/client'
import { sharedMuster, startMusterOn, type TestMuster } from '../support/muster'
import { TestPerson, type TestView } from '../support/person'
import { until } from '../support/wait'

let muster: TestMuster
let ada: TestPerson
const clients: { close(): void }[] = []

beforeAll(async () => {
  muster = await sharedMuster()
  ada = await TestPerson.come(muster)
})
afterEach(() => {
  for (const client of clients.splice(0)) client.close()
})
afterAll(() => muster.stop())

const streamOf = ({ id }: { id: string }) => `/api/v2/configurations/${id}/stream`
const open = async (view: TestView, headers: Record<string, string> = {}, at = muster.address) => {
  const client = await StreamClient.open(`${at}${streamOf(view)}`, {
    Cookie: ada.cookie,
    ...headers,
  })
  clients.push(client)
  await client.receives('metrics', () => named(client, 'metrics').length > 0)
  return client
}
const named = (client: StreamClient, name: string) =>
  client.events.filter(({ event }) => event === name)
const items = (client: StreamClient) =>
  named(client, 'new_item').map(({ data }) => JSON.parse(data))
const typesOf = (client: StreamClient) => items(client).map(({ type }) => type)
const report = (type: string, more: object = {}) => muster.report({ type, project: 'p', ...more })
const patch = (view: TestView, body: object) =>
  ada.ask(`/api/v2/configurations/${view.id}`, { method: 'PATCH', body })
const idOfProject = async (name: string) => {
  await report('first', { project: name })
  const { rows } = await muster.sql('SELECT id FROM projects WHERE name = $1', [name])
  return Number(rows[0].id)
}

describe('the stream of a saved view', () => {
  it('gives an item of each row that it selects, by the byte and without its text', async () => {
    const view = await ada.save('bytes', { types: ['wanted'] })
    const client = await RawClient.open(muster.address)
    clients.push(client)
    client.send([`GET ${streamOf(view)} HTTP/1.1`, 'Host: localhost', `Cookie: ${ada.cookie}`])
    await client.receives('metrics', () => client.body.includes('event: metrics'))
    expect(client.head).toMatch(/^cache-control: no-store, no-transform$/im)
    expect(client.body).toMatch(/^retry: 3000\n\nevent: heartbeat\nid: evt_\d+\.\d+\ndata: /)
    await report('unwanted', { message: 'secret one' })
    const { last_id: id } = await report('wanted', {
      message: 'secret two',
      agent: 'a',
      state: 'idle',
    })
    await client.receives('the item', () => client.body.includes('event: new_item'))
    const item = /event: new_item\nid: (evt_\d+)\ndata: ([^\n]*)\n\n/.exec(client.body)
    expect(item?.[1]).toBe(`evt_${id}`)
    expect(JSON.parse(item?.[2] ?? '')).toEqual({
      id,
      type: 'wanted',
      state: 'idle',
      project_id: expect.any(Number),
      agent_id: expect.any(Number),
      turn_id: null,
      debate_id: null,
      timestamp: expect.stringMatching(/Z$/),
    })
    expect(client.text).not.toContain('secret')
  })

  it('is refused to nobody in particular, and is not there for others, by the byte', async () => {
    const view = await ada.save('closed')
    const bob = await TestPerson.come(muster)
    const nobody = await muster.fetch(streamOf(view))
    expect(nobody.status).toBe(401)
    expect(await nobody.text()).toBe('{"detail":"Missing user identification"}')
    for (const id of [view.id, '00000000-0000-4000-8000-000000000000', 'no-uuid']) {
      const foreign = await bob.ask(streamOf({ id }))
      expect(foreign.status).toBe(404)
      expect(await foreign.text()).toBe('{"detail":"Configuration not found"}')
      expect(foreign.headers.get('cache-control')).toBe('no-store')
    }
  })

  it('follows an edit at once, from where it was', async () => {
    const view = await ada.save('edited', { types: ['before'] })
    const client = await open(view)
    await report('before')
    await report('after')
    await patch(view, { filters: { types: ['after'] } })
    await client.receives('metrics of the new filter', () => named(client, 'metrics').length >= 2)
    await report('before')
    await report('after')
    await client.receives('what is selected now', () => typesOf(client).length === 2)
    expect(typesOf(client)).toEqual(['before', 'after'])
  })

  it('follows an edit that another process made', async () => {
    const other = await startMusterOn(muster.databaseUrl)
    const view = await ada.save('two processes', { types: ['one'] })
    const client = await open(view, {}, other.address)
    await patch(view, { filters: { types: ['two'] } })
    await client.receives('metrics of the new filter', () => named(client, 'metrics').length >= 2)
    await report('one')
    await report('two')
    await client.receives('an item', () => items(client).length === 1)
    expect(typesOf(client)).toEqual(['two'])
    client.close()
    await other.stop()
  })

  it('follows a merger: either view has the rows of both, old and new', async () => {
    const [from, into] = [await idOfProject('merged from'), await idOfProject('merged into')]
    const views = [
      await ada.save('of the one', { project_ids: [from], types: ['moved'] }),
      await ada.save('of the other', { project_ids: [into], types: ['moved'] }),
    ]
    const opened = await Promise.all(views.map((view) => open(view)))
    const start = opened[0]?.events.find(({ event }) => event === 'heartbeat')?.id ?? ''
    await report('moved', { project: 'merged from' })
    await muster.fetch(`/api/projects/${from}/merge`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ into }),
    })
    for (const client of opened) {
      await client.receives('metrics of both', () => {
        const { data } = named(client, 'metrics').at(-1) ?? {}
        const { events_total, by_project } = JSON.parse(data ?? '{}')
        return events_total === 1 && !by_project[from]
      })
    }
    await report('moved', { project: 'merged into' })
    for (const client of opened) {
      await client.receives('the new row', () => items(client).at(-1)?.project_id === into)
    }
    for (const view of views) {
      const again = await open(view, { 'Last-Event-ID': start })
      await again.receives('both rows', () => items(again).length === 2)
      expect(items(again).map(({ project_id }) => project_id)).toEqual([from, into])
    }
  })

  it('ends when the view is deleted, and is not there any more', async () => {
    const view = await ada.save('short-lived')
    const client = await open(view)
    await ada.ask(`/api/v2/configurations/${view.id}`, { method: 'DELETE' })
    await client.receives('its end', () => client.isEnded)
    expect(named(client, 'close')[0]?.data).toMatch(/^\{"reason":"deleted"/)
    expect((await ada.ask(streamOf(view))).status).toBe(404)
  })

  it('has the metrics of what the view selects', async () => {
    const mine = await idOfProject('metrics mine')
    await report('counted', { project: 'metrics mine', agent: 'one', state: 'processing' })
    await report('counted', { project: 'metrics other', agent: 'two', state: 'processing' })
    const view = await ada.save('narrow', { project_ids: [mine], types: ['counted'] })
    const client = await open(view)
    const numbers = () => JSON.parse(named(client, 'metrics').at(-1)?.data ?? '')
    // The first frame may be made before the process has read the reports.
    await client.receives('both reports', () => numbers().agents_total === 1)
    expect(numbers()).toMatchObject({
      agents_total: 1,
      by_project: { [mine]: 1 },
      events_total: 1,
    })
  })
})

it('never carries an item that the view does not select', async () => {
  const projects = await Promise.all(['x', 'y', 'z'].map((name) => idOfProject(`random ${name}`)))
  const some = <T>(values: T[]) => fc.subarray(values)
  const filters = fc.record({
    project_ids: some(projects),
    types: some(['t_a', 't_b']),
    states: some(['idle', 'errored']),
  })
  await fc.assert(
    fc.asyncProperty(
      filters,
      fc.array(fc.nat({ max: 11 }), { maxLength: 8 }),
      async (filter, rows) => {
        const view = await ada.save(`random ${Math.random()}`, filter)
        const client = await open(view)
        const start = named(client, 'heartbeat')[0]?.id ?? ''
        const reports = rows.map((n) => ({
          type: n % 2 === 0 ? 't_a' : 't_b',
          project: `random ${'xyz'[n % 3]}`,
          agent: 'r',
          state: n % 4 < 2 ? 'idle' : 'errored',
        }))
        if (reports.length > 0) await muster.report(...reports)
        const { last_id: last } = await report('end_of_run')
        const viewer = () => muster.services.tail.head >= last
        await until('the rows are read', viewer)
        const { rows: stored } = await muster.sql(
          `SELECT id::float8, type, project_id::float8, state FROM events
         WHERE id > $1 AND id <= $2 ORDER BY id`,
          [start.slice(4).split('.')[0], last],
        )
        const has = (list: unknown[], value: unknown) => list.length === 0 || list.includes(value)
        const wanted = stored.filter(
          (row) =>
            has(filter.project_ids, row.project_id) &&
            has(filter.types, row.type) &&
            has(filter.states, row.state),
        )
        await client.receives('all of them', () => items(client).length >= wanted.length)
        expect(items(client).map(({ id }) => id)).toEqual(wanted.map(({ id }) => id))
        client.close()
      },
    ),
    { numRuns: 25 },
  )
}, 60_000)
