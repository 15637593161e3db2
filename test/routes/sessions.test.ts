import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StreamClient } from '../support/client'
import { sharedMuster, type TestMuster } from '../support/muster'
import { until } from '../support/wait'

let muster: TestMuster

beforeAll(async () => {
  muster = await sharedMuster()
})
afterAll(() => muster.stop())

/** Makes a session of this name, in a project of the same; gives its id. */
async function session(name: string, silentDays = 0): Promise<number> {
  await muster.report({ project: name, agent: name, type: 'said', state: 'processing' })
  const { rows } = await muster.sql(
    `UPDATE agents SET last_seen_at = last_seen_at - make_interval(days => $2) WHERE name = $1
     RETURNING id`,
    [name, silentDays],
  )
  return Number(rows[0].id)
}

function send(method: string, path: string, body?: object) {
  const headers = { 'Content-Type': 'application/json' }
  return muster.fetch(path, { method, ...(body && { headers, body: JSON.stringify(body) }) })
}

function submit(path: string, fields: Record<string, string> = {}) {
  return muster.fetch(`/settings/sessions${path}`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams(fields),
  })
}

const page = async (path = '') => (await muster.fetch(`/settings/sessions${path}`)).text()
const names = (html: string) =>
  [...html.matchAll(/href="\/agents\/\d+">([^<]*)</g)].map(([, name]) => name)
const isOnBoard = async (id: number) =>
  (await (await muster.fetch('/')).text()).includes(`data-agent-id="${id}"`)

describe('The API of sessions', () => {
  it('archives, brings back and removes, and streams tell of each', async () => {
    const id = await session('alpha')
    const stream = await StreamClient.open(`${muster.address}/api/events?types=agent_updated`)
    expect((await send('PATCH', `/api/agents/${id}`, { archived: true })).status).toBe(204)
    await until('it left the board', async () => !(await isOnBoard(id)))
    expect(await (await muster.fetch(`/agents/${id}`)).text()).toContain('Archived: it is on no')
    expect((await send('PATCH', `/api/agents/${id}`, { archived: false })).status).toBe(204)
    await until('it is back', () => isOnBoard(id))
    expect((await send('DELETE', `/api/agents/${id}`)).status).toBe(204)
    await until('it is gone', async () => !(await isOnBoard(id)))
    expect((await muster.fetch(`/agents/${id}`)).status).toBe(404)
    expect((await send('DELETE', `/api/agents/${id}`)).status).toBe(404)
    await stream.receives('the removal', () => stream.text.includes('"deleted"'))
    const told = [...stream.text.matchAll(/^data: (\{.*\})$/gm)].map(([, json]) =>
      JSON.parse(json ?? ''),
    )
    expect(told.map(({ action, agent_id, session_id }) => [action, agent_id, session_id])).toEqual([
      ['archived', id, 'alpha'],
      ['updated', id, 'alpha'],
      ['deleted', id, 'alpha'],
    ])
    expect(new Set(told.map(({ project_id }) => typeof project_id))).toEqual(new Set(['number']))
    stream.close()
  })

  it('archives and removes by age, and says how many are left', async () => {
    const old = [await session('old-one', 40), await session('old-two', 40)]
    const young = await session('young', 2)
    const archive = (body: object) => send('POST', '/api/agents/archive', body)
    const projects = await muster.sql(`SELECT id FROM projects WHERE slug = 'old-one'`)
    const inOne = await archive({ older_than_days: 30, project_id: Number(projects.rows[0].id) })
    expect([inOne.status, await inOne.json()]).toEqual([200, { archived: 1, left: 0 }])
    expect(await (await archive({ older_than_days: 30 })).json()).toEqual({ archived: 1, left: 0 })
    expect(await (await archive({ older_than_days: 30 })).json()).toEqual({ archived: 0, left: 0 })
    const told = async () => {
      const { rows } = await muster.sql(
        `SELECT data->>'action' AS action FROM events
         WHERE (data->>'agent_id')::bigint = ANY($1) ORDER BY id`,
        [old],
      )
      return rows.map(({ action }) => action)
    }
    expect(await told()).toEqual(['archived', 'archived'])
    const removed = await send('POST', '/api/agents/remove', { older_than_days: 30 })
    expect(await removed.json()).toEqual({ removed: 2, left: 0 })
    // What was told of a session while it was there is gone with it.
    expect(await told()).toEqual(['deleted', 'deleted'])
    const left = await muster.sql('SELECT FROM agents WHERE id = $1', [young])
    expect(left.rowCount).toBe(1)
  })

  it.each<[string, string, object | undefined, number, string | undefined]>([
    ['PATCH', '/api/agents/1', {}, 400, 'archived'],
    ['PATCH', '/api/agents/1', { archived: 'yes' }, 400, 'archived'],
    ['PATCH', '/api/agents/1', { archived: true, name: 'x' }, 400, 'name'],
    ['PATCH', '/api/agents/x', { archived: true }, 404, undefined],
    ['PATCH', '/api/agents/999999', { archived: true }, 404, undefined],
    ['PATCH', '/api/agents/99999999999999999999', { archived: true }, 404, undefined],
    ['DELETE', '/api/agents/999999', undefined, 404, undefined],
    ['DELETE', '/api/agents/-1', undefined, 404, undefined],
    ['POST', '/api/agents/archive', {}, 400, 'older_than_days'],
    ['POST', '/api/agents/remove', { older_than_days: 0 }, 400, 'older_than_days'],
    ['POST', '/api/agents/remove', { older_than_days: 3_651 }, 400, 'older_than_days'],
    ['POST', '/api/agents/remove', { older_than_days: 1.5 }, 400, 'older_than_days'],
    ['POST', '/api/agents/remove', { older_than_days: 30, project_id: 'x' }, 400, 'project_id'],
    ['POST', '/api/agents/remove', { older_than_days: 30, project_id: 999 }, 400, 'project_id'],
  ])('%s %s %j is answered %i', async (method, path, body, status, field) => {
    const response = await send(method, path, body)
    expect(response.status).toBe(status)
    const answer = (await response.json()) as { error: string; field?: string }
    expect(answer.error).not.toBe('')
    expect(answer.field).toBe(field)
  })

  it('refuses a subagent, and says where it belongs', async () => {
    const id = await session('parent')
    const { rows } = await muster.sql(
      `INSERT INTO agents (project_id, parent_id, reporter, key, session_id, name, last_seen_at, state,
         state_since, confirmed_at, confirmed_by, memory)
       SELECT project_id, id, reporter, key || '/child', session_id, 'child', now(), state, now(),
         now(), 'report', memory FROM agents WHERE id = $1 RETURNING id`,
      [id],
    )
    const refused = await send('DELETE', `/api/agents/${rows[0].id}`)
    expect([refused.status, await refused.json()]).toEqual([
      400,
      { error: `Agent ${rows[0].id} is a subagent of session ${id}, and goes where that goes` },
    ])
  })
})

describe('The page of sessions', () => {
  it('has a form for everything, and comes back to the list as it was', async () => {
    const id = await session('paged')
    expect(names(await page('?project=paged'))).toEqual(['paged'])
    const from = 'project=paged'
    const archived = await submit(`/${id}/archive`, { from })
    expect([archived.status, archived.headers.get('location')]).toEqual([
      303,
      '/settings/sessions?project=paged',
    ])
    expect(names(await page('?project=paged&archived=no'))).toEqual([])
    expect(await page('?project=paged&archived=yes')).toContain('Bring back')
    await submit(`/${id}/restore`, { from })
    expect(names(await page('?project=paged&archived=no'))).toEqual(['paged'])
    const refused = await submit(`/${id}/remove`, { from, confirm: 'paged' })
    expect(refused.status).toBe(400)
    const html = await refused.text()
    expect(html).toMatch(new RegExp(`role="alert"[^>]*>Write its number: ${id}`))
    expect(names(html)).toEqual(['paged'])
    expect((await submit(`/${id}/remove`, { from, confirm: `${id}` })).status).toBe(303)
    expect(names(await page('?project=paged'))).toEqual([])
    expect((await submit(`/${id}/remove`, { confirm: `${id}` })).status).toBe(404)
  })

  it('leads nowhere else, whatever a form says', async () => {
    const id = await session('target')
    const { headers } = await submit(`/${id}/archive`, { from: 'x=//evil.example&days=3' })
    expect(headers.get('location')).toBe('/settings/sessions?days=3')
  })

  it('leads through all sessions, each once, a hundred a page', async () => {
    await muster.report(
      ...Array.from({ length: 250 }, (_, n) => ({ project: 'many', agent: `s${n}`, type: 'said' })),
    )
    const found: (string | undefined)[] = []
    let path = '?project=many'
    const sizes: number[] = []
    while (path !== '' && sizes.length < 10) {
      const html = await page(path)
      const here = names(html)
      sizes.push(here.length)
      found.push(...here)
      path = (/rel="next" href="\/settings\/sessions([^"]*)"/.exec(html)?.[1] ?? '').replaceAll(
        '&amp;',
        '&',
      )
    }
    expect(sizes).toEqual([100, 100, 50])
    expect(new Set(found).size).toBe(250)
  })

  it('says how many are silent before it archives or removes them', async () => {
    const id = await session('quiet', 60)
    const query = '/silent?do=remove&days=50&project=quiet'
    const asked = await page(query)
    expect(asked).toContain(
      '1 session of <strong dir="auto">quiet</strong> has been silent for 50 days.',
    )
    expect(asked).toContain('Remove 1 session')
    const fields = { do: 'remove', days: '50', project: 'quiet' }
    const refused = await submit('/silent', fields)
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringContaining('Write the word remove'),
    ])
    const archived = await submit('/silent', { ...fields, do: 'archive' })
    expect(await archived.text()).toContain('1 session was archived.')
    expect((await muster.sql('SELECT FROM agents WHERE id = $1', [id])).rowCount).toBe(1)
    const removed = await submit('/silent', { ...fields, confirm: 'remove' })
    expect(await removed.text()).toMatch(
      /1 session was removed\..*No session of .* has been silent for 50 days/s,
    )
    expect((await muster.sql('SELECT FROM agents WHERE id = $1', [id])).rowCount).toBe(0)
  })

  it.each([
    ['?days=0', 'days'],
    ['?days=1e3', 'days'],
    ['?archived=maybe', 'archived'],
    ['?after=x', 'after'],
    ['?after=1-0', 'after'],
    ['?project=A%20B', 'project'],
    ['?project=unheard-of', 'project'],
    ['/silent?days=3', 'do'],
    ['/silent?do=remove', 'days'],
    ['/silent?do=destroy&days=3', 'do'],
  ])('%s is refused', async (query, field) => {
    const response = await muster.fetch(`/settings/sessions${query}`, {
      headers: { Accept: 'application/json' },
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ field })
  })
})
