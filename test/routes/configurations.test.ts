import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sharedMuster, type TestMuster } from '../support/muster'
import { TestPerson } from '../support/person'

const PATH = '/api/v2/configurations'
const UNKNOWN = '7b0d8f3e-58a4-4c6e-9f3e-6f0f7a1c2d3e'

let muster: TestMuster
let ada: TestPerson
let bob: TestPerson

beforeAll(async () => {
  muster = await sharedMuster()
  ada = await TestPerson.come(muster)
  bob = await TestPerson.come(muster)
})
afterAll(() => muster.stop())

const create = (body: unknown) => ada.ask(PATH, { method: 'POST', body })

describe('a saved view', () => {
  it('is stored with its filter in order, and found, renamed, changed and removed', async () => {
    const filters = { types: ['b', 'a', 'b'], project_ids: [3, 1], states: ['errored'] }
    const created = await create({ name: '  Night shift ', filters })
    expect(created.status).toBe(201)
    const view = (await created.json()) as { id: string }
    expect(created.headers.get('location')).toBe(`${PATH}/${view.id}`)
    expect(view).toEqual({
      id: expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-4/),
      name: 'Night shift',
      filters: { types: ['a', 'b'], project_ids: [1, 3], agent_ids: [], states: ['errored'] },
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
    })
    const path = `${PATH}/${view.id}`
    expect(await (await ada.ask(path)).json()).toEqual(view)
    expect(
      await (await ada.ask(path.toUpperCase().replace(PATH.toUpperCase(), PATH))).json(),
    ).toEqual(view)
    const renamed = await ada.ask(path, { method: 'PATCH', body: { name: 'Day shift' } })
    expect(await renamed.json()).toMatchObject({
      name: 'Day shift',
      filters: { types: ['a', 'b'] },
    })
    const changed = await ada.ask(path, { method: 'PATCH', body: { filters: { types: ['c'] } } })
    expect(await changed.json()).toMatchObject({
      name: 'Day shift',
      filters: { types: ['c'], project_ids: [], agent_ids: [], states: [] },
    })
    expect(await (await ada.ask(PATH)).json()).toMatchObject({
      configurations: [{ id: view.id, name: 'Day shift' }],
    })
    const removed = await ada.ask(path, { method: 'DELETE' })
    expect([removed.status, await removed.text()]).toEqual([204, ''])
    expect((await ada.ask(path)).status).toBe(404)
    expect((await ada.ask(path, { method: 'DELETE' })).status).toBe(404)
  })

  it('is nobody else’s: unknown, foreign and malformed ids are the same, by the byte', async () => {
    const { id } = await bob.save('mine alone')
    for (const wrong of [id, UNKNOWN, 'no-uuid', '1', `${UNKNOWN}0`, '%00']) {
      for (const method of ['GET', 'PATCH', 'DELETE']) {
        const body = method === 'PATCH' ? { name: 'x' } : undefined
        const refused = await ada.ask(`${PATH}/${wrong}`, { method, body })
        const told = `${method} ${wrong}`
        expect(refused.status, told).toBe(404)
        expect(await refused.text(), told).toBe('{"detail":"Configuration not found"}')
      }
    }
    expect((await bob.ask(`${PATH}/${id}`)).status).toBe(200)
    expect(JSON.stringify(await (await ada.ask(PATH)).json())).not.toContain('mine alone')
  })

  it('needs somebody whose it is', async () => {
    const calls: [string, string][] = [
      ['GET', PATH],
      ['POST', PATH],
      ['GET', `${PATH}/${UNKNOWN}`],
      ['PATCH', `${PATH}/${UNKNOWN}`],
      ['DELETE', `${PATH}/${UNKNOWN}`],
      ['GET', `${PATH}/${UNKNOWN}/stream`],
    ]
    for (const [method, path] of calls) {
      for (const headers of [{}, { Cookie: 'muster_person=short' }] as Record<string, string>[]) {
        const refused = await muster.fetch(path, { method, headers })
        expect(refused.status, `${method} ${path}`).toBe(401)
        expect(await refused.text()).toBe('{"detail":"Missing user identification"}')
      }
    }
  })

  const names: [string, number][] = [
    ['', 400],
    ['   ', 400],
    ['x'.repeat(51), 400],
    ['🐝'.repeat(51), 400],
    ['two\nlines', 400],
    ['half \ud800', 400],
    ['x', 201],
    ['y'.repeat(50), 201],
    ['🐝'.repeat(50), 201],
  ]
  it.each(names)('with the name %j is answered %i', async (name, status) => {
    const answer = await create({ name })
    expect(answer.status).toBe(status)
    if (status === 400) expect(await answer.json()).toMatchObject({ field: 'name' })
  })

  it('has a name of its own', async () => {
    const { id } = await ada.save('twice')
    const other = await ada.save('thrice')
    const again = await create({ name: 'twice ' })
    expect(again.status).toBe(409)
    expect(await again.json()).toEqual({ detail: 'There is a view “twice” already', field: 'name' })
    const path = `${PATH}/${other.id}`
    expect((await ada.ask(path, { method: 'PATCH', body: { name: 'twice' } })).status).toBe(409)
    const same = await ada.ask(`${PATH}/${id}`, { method: 'PATCH', body: { name: 'twice' } })
    expect(same.status).toBe(200)
    expect((await bob.save('twice')).name).toBe('twice')
  })

  const bad: [unknown, string][] = [
    [{}, 'name'],
    [{ name: 7 }, 'name'],
    [[], 'body'],
    [{ name: 'f', ['x'.repeat(1000)]: 1 }, 'x'.repeat(100)],
    [{ name: 'f', owner: 'bob' }, 'owner'],
    [{ name: 'f', filters: [] }, 'filters'],
    [{ name: 'f', filters: null }, 'filters'],
    [{ name: 'f', filters: { colour: ['red'] } }, 'filters.colour'],
    [{ name: 'f', filters: { types: 'note' } }, 'filters.types'],
    [{ name: 'f', filters: { types: ['No Type'] } }, 'filters.types'],
    [{ name: 'f', filters: { project_ids: ['1'] } }, 'filters.project_ids'],
    [{ name: 'f', filters: { project_ids: [0] } }, 'filters.project_ids'],
    [{ name: 'f', filters: { agent_ids: [1.5] } }, 'filters.agent_ids'],
    [{ name: 'f', filters: { agent_ids: [2 ** 53] } }, 'filters.agent_ids'],
    [{ name: 'f', filters: { states: ['asleep'] } }, 'filters.states'],
    [{ name: 'f', filters: { types: Array(51).fill('a') } }, 'filters.types'],
  ]
  it.each(bad)('like %j is refused', async (body, field) => {
    const refused = await create(body)
    expect(refused.status).toBe(400)
    expect(await refused.json()).toEqual({ detail: expect.any(String), field })
  })

  it('is JSON, and not too long', async () => {
    const send = (body: string, type?: string) =>
      ada.ask(PATH, { method: 'POST', body, ...(type && { type }) })
    expect((await send('{"name":')).status).toBe(400)
    expect((await send('{"name":"x"}', 'text/plain')).status).toBe(415)
    expect((await send(`{"name":"${'x'.repeat(70_000)}"}`)).status).toBe(413)
  })

  it('is one of at most 200', async () => {
    const carl = await TestPerson.come(muster)
    await carl.save('first')
    await muster.sql(`INSERT INTO saved_views (id, owner, name, filters)
      SELECT gen_random_uuid(), owner, 'bulk ' || n, '{}'
      FROM saved_views, generate_series(1, 199) AS n WHERE name = 'first'`)
    const answer = await carl.ask(PATH, { method: 'POST', body: { name: 'one more' } })
    expect(answer.status).toBe(409)
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining('200') })
  })
})

it('the cookie of a person is given with pages, once, and is not stored', async () => {
  const [given] = (await muster.fetch('/')).headers.getSetCookie()
  expect(given).toMatch(
    /^muster_person=[\w-]{43}; Path=\/; Max-Age=31536000; HttpOnly; SameSite=Lax$/,
  )
  const again = await ada.ask('/')
  expect(again.headers.getSetCookie()).toEqual([])
  for (const path of ['/health', '/api/events/history', '/api/v2/stream/status']) {
    expect((await muster.fetch(path)).headers.getSetCookie(), path).toEqual([])
  }
  const { rows } = await muster.sql('SELECT DISTINCT owner FROM saved_views')
  const secret = ada.cookie.split('=')[1] ?? ''
  for (const { owner } of rows) expect(owner).not.toContain(secret)
})

it('rows about views say which and nothing else', async () => {
  const { id } = await ada.save('told of')
  await ada.ask(`${PATH}/${id}`, { method: 'PATCH', body: { name: 'told of again' } })
  await ada.ask(`${PATH}/${id}`, { method: 'DELETE' })
  const { rows } = await muster.sql(
    `SELECT type, project_id, actor_id, target_type, data, summary FROM events
     WHERE target_id = $1 ORDER BY id`,
    [id],
  )
  const row = { type: 'view_changed', project_id: null, actor_id: null, target_type: 'view' }
  expect(rows).toEqual([
    { ...row, data: { action: 'updated' }, summary: 'A saved view was updated' },
    { ...row, data: { action: 'deleted' }, summary: 'A saved view was deleted' },
  ])
})
