import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sharedMuster, type TestMuster } from '../support/muster'
import { makeToken } from '../support/tokens'
import { until } from '../support/wait'

let muster: TestMuster

beforeAll(async () => {
  muster = await sharedMuster()
})
afterAll(() => muster.stop())

async function projects() {
  const { projects: list } = (await (await muster.fetch('/api/projects')).json()) as {
    projects: {
      id: number
      name: string
      sessions: number
      archived_at: string | null
      merged_into: number | null
    }[]
  }
  return new Map(list.map((project) => [project.name, project]))
}

async function idOf(name: string): Promise<number> {
  await muster.report({ project: name, agent: 'one', type: 'said' })
  return (await projects()).get(name)?.id ?? 0
}

function send(method: string, path: string, body?: object) {
  const headers = { 'Content-Type': 'application/json' }
  return muster.fetch(path, { method, ...(body && { headers, body: JSON.stringify(body) }) })
}

function submit(path: string, fields: Record<string, string>) {
  return muster.fetch(path, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams(fields),
  })
}

describe('The API of projects', () => {
  it('renames, archives and brings back', async () => {
    const id = await idOf('alpha')
    expect((await send('PATCH', `/api/projects/${id}`, { name: ' Alpha ' })).status).toBe(204)
    expect((await projects()).get('Alpha')?.archived_at).toBeNull()
    await send('PATCH', `/api/projects/${id}`, { archived: true })
    expect((await projects()).get('Alpha')?.archived_at).toMatch(/^\d{4}-/)
    await send('PATCH', `/api/projects/${id}`, { archived: false })
    expect((await projects()).get('Alpha')?.archived_at).toBeNull()
  })

  it('merges: history by the target finds the rows of both', async () => {
    const [one, two] = [await idOf('one'), await idOf('two')]
    const merged = await send('POST', `/api/projects/${one}/merge`, { into: two })
    expect([merged.status, await merged.json()]).toEqual([200, { rights_changed: [] }])
    expect((await projects()).get('one')?.merged_into).toBe(two)
    await until('the roster knows of the merger', async () => {
      const history = await muster.fetch(`/api/events/history?project_id=${two}`)
      const { events } = (await history.json()) as { events: { project_id: number }[] }
      return new Set(events.map(({ project_id }) => project_id)).size === 2
    })
    const page = await (await muster.fetch('/projects/one')).text()
    expect(page).toContain('<h1')
  })

  it('says which project there is not', async () => {
    const id = await idOf('there')
    const refused = await send('POST', `/api/projects/${id}/merge`, { into: 999_999 })
    expect([refused.status, await refused.json()]).toEqual([
      400,
      { error: 'There is no project 999999' },
    ])
  })

  it('removes', async () => {
    const id = await idOf('gone')
    expect((await send('DELETE', `/api/projects/${id}`)).status).toBe(204)
    expect((await projects()).has('gone')).toBe(false)
    expect((await send('DELETE', `/api/projects/${id}`)).status).toBe(404)
  })

  it.each<[string, string, object | undefined, number, string | undefined]>([
    ['PATCH', '/api/projects/1', {}, 400, 'body'],
    ['PATCH', '/api/projects/1', { name: 'x', archived: true }, 400, 'body'],
    ['PATCH', '/api/projects/1', { name: '' }, 400, 'name'],
    ['PATCH', '/api/projects/1', { name: 'x'.repeat(101) }, 400, 'name'],
    ['PATCH', '/api/projects/1', { nmae: 'x' }, 400, 'nmae'],
    ['PATCH', '/api/projects/1', { archived: 'yes' }, 400, 'archived'],
    ['PATCH', '/api/projects/x', { name: 'x' }, 404, undefined],
    ['PATCH', '/api/projects/999999', { name: 'x' }, 404, undefined],
    ['POST', '/api/projects/7/merge', { into: 7 }, 400, undefined],
    ['POST', '/api/projects/7/merge', { into: 'x' }, 400, 'into'],
    ['DELETE', '/api/projects/999999', undefined, 404, undefined],
  ])('%s %s %j is answered %i', async (method, path, body, status, field) => {
    const response = await send(method, path, body)
    expect(response.status).toBe(status)
    const answer = (await response.json()) as { error: string; field?: string }
    expect(answer.error).not.toBe('')
    expect(answer.field).toBe(field)
  })
})

describe('A merger of projects that some are bound to', () => {
  /** Two projects, and what is bound to one of them, to both, to a third one, and to none. */
  async function boundWorld(name: string) {
    const [one, two, third] = [
      await idOf(`${name} one`),
      await idOf(`${name} two`),
      await idOf(`${name} three`),
    ]
    const make = (who: string, projectIds: number[] | null) =>
      makeToken(muster, { name: `${name} ${who}`, may: ['read', 'report'], projectIds })
    const source = await make('source', [one])
    const target = await make('target', [two, third])
    const ended = await make('ended', [one])
    await make('both', [one, two])
    await make('third', [third])
    await make('all', null)
    await muster.services.access.tokens.revoke(ended.id, 'test')
    return { one, two, third, source, target }
  }
  const accessRows = async (after: number) =>
    (
      await muster.sql(`SELECT * FROM events WHERE id > $1 AND type LIKE 'access.%' ORDER BY id`, [
        after,
      ])
    ).rows
  const head = async () => Number((await muster.sql('SELECT max(id) AS id FROM events')).rows[0].id)

  it('tells the API whose rights change, and writes each into the log', async () => {
    const { one, two, third, source, target } = await boundWorld('api')
    const before = await head()
    const seen = async () => {
      const path = `/api/events/history?project_id=${two}`
      const history = await muster.fetch(path, { headers: source.headers })
      return ((await history.json()) as { events: object[] }).events.length
    }
    expect(await seen()).toBe(0)
    const merged = await send('POST', `/api/projects/${one}/merge`, { into: two })
    const { rights_changed: changed } = (await merged.json()) as {
      rights_changed: { id: string }[]
    }
    const both = { project_ids_before: [one], project_ids_after: [one, two] }
    const more = { project_ids_before: [two, third], project_ids_after: [one, two, third] }
    expect(changed).toHaveLength(2)
    expect(changed).toEqual(
      expect.arrayContaining([
        { type: 'token', id: source.id, name: 'api source', ...both },
        { type: 'token', id: target.id, name: 'api target', ...more },
      ]),
    )
    const rows = await accessRows(before)
    expect(rows.map(({ target_id }) => target_id).sort()).toEqual([source.id, target.id].sort())
    for (const row of rows) {
      expect(row).toMatchObject({
        type: 'access.token_changed',
        actor_id: 'local',
        project_id: null,
      })
      expect(row.data).toMatchObject({ merged_project_id: one, into_project_id: two })
    }
    expect(rows.find((row) => row.target_id === source.id)?.data.project_ids).toEqual([one, two])
    await until('the bound one sees both', async () => (await seen()) > 0)
  })

  it('is asked for once more at the form, which says who would see more', async () => {
    const { one, two, source } = await boundWorld('form')
    const before = await head()
    const asked = await submit(`/settings/projects/${one}/merge`, { into: String(two) })
    expect(asked.status).toBe(200)
    const text = await asked.text()
    expect(text).toContain('Token form source')
    expect(text).toContain('Bound to form one; would see form two too')
    expect(text).toContain('Token form target')
    expect(text).not.toMatch(/form (both|third|all|ended)/)
    expect(await head()).toBe(before)
    expect((await projects()).get('form one')?.merged_into).toBeNull()
    const agreed = /name="agreed" value="([\w-]+)"/.exec(text)?.[1] ?? ''

    // What was shown is not what would happen any more.
    const late = await makeToken(muster, { name: 'form late', may: ['read'], projectIds: [one] })
    const fields = { into: String(two), agreed }
    const again = await (await submit(`/settings/projects/${one}/merge`, fields)).text()
    expect(again).toContain('Token form late')
    expect((await projects()).get('form one')?.merged_into).toBeNull()
    await muster.services.access.tokens.revoke(late.id, 'test')

    const done = await submit(`/settings/projects/${one}/merge`, fields)
    expect([done.status, done.headers.get('location')]).toEqual([303, '/settings/projects'])
    expect((await projects()).get('form one')?.merged_into).toBe(two)
    const rows = await accessRows(before)
    expect(rows.map(({ type }) => type)).toContain('access.token_changed')
    expect(rows.map(({ target_id }) => target_id)).toContain(source.id)
  })
})

describe('The page of projects', () => {
  it('has a form for everything, and comes back to itself', async () => {
    const id = await idOf('paged')
    const renamed = await submit(`/settings/projects/${id}/rename`, { name: 'Pages' })
    expect([renamed.status, renamed.headers.get('location')]).toEqual([303, '/settings/projects'])
    await submit(`/settings/projects/${id}/archive`, {})
    expect(await (await muster.fetch('/settings/projects')).text()).toContain('Bring back')
    const refused = await submit(`/settings/projects/${id}/remove`, { confirm: 'Paged' })
    expect(refused.status).toBe(400)
    expect(await refused.text()).toContain('Write its name as it stands here: Pages')
    expect((await submit(`/settings/projects/${id}/remove`, { confirm: 'Pages' })).status).toBe(303)
    expect((await projects()).has('Pages')).toBe(false)
  })

  it('counts a thousand sessions of a project, the API all', async () => {
    const id = await idOf('busiest')
    const add = (count: number) =>
      muster.sql(
        `INSERT INTO agents (project_id, reporter, key, session_id, name, last_seen_at, state,
           state_since, confirmed_at, confirmed_by, memory)
         SELECT project_id, reporter, key || own, session_id || own, name, last_seen_at, state,
           state_since, confirmed_at, confirmed_by, memory
         FROM agents, (SELECT gen_random_uuid() AS own FROM generate_series(1, $2)) AS copies
         WHERE id = (SELECT min(id) FROM agents WHERE project_id = $1)`,
        [id, count],
      )
    const said = async () => {
      const html = await (await muster.fetch('/settings/projects?q=busiest')).text()
      return [
        html.match(/[\w ,]+ sessions?\b/)?.[0].trim(),
        (await projects()).get('busiest')?.sessions,
      ]
    }
    expect(await said()).toEqual(['1 session', 1])
    await add(999)
    expect(await said()).toEqual(['1,000 sessions', 1_000])
    await add(50)
    expect(await said()).toEqual(['more than 1,000 sessions', 1_050])
  })

  it('lists a hundred, finds others by their names, and merges into one that it does not list', async () => {
    await muster.sql(`INSERT INTO projects (key, slug, name)
      SELECT 'crowd ' || n, 'crowd-' || n, 'Crowd ' || n FROM generate_series(100, 349) AS n`)
    await muster.services.roster.load()
    const listed = async (query: string) => {
      const html = await (await muster.fetch(`/settings/projects${query}`)).text()
      return { html, count: html.match(/class="settings-item"/g)?.length ?? 0 }
    }
    const all = await listed('')
    expect(all.count).toBe(100)
    expect(all.html).toContain('There are more')
    expect(all.html.length).toBeLessThan(1_000_000)
    expect((await listed('?q=crowd+34')).count).toBe(10)
    expect((await listed('?q=nobody+has+this')).html).toContain('No project has such a name')
    expect((await muster.fetch('/settings/projects?q=%00')).status).toBe(400)
    const { rows } = await muster.sql(`SELECT id::int FROM projects WHERE slug LIKE 'crowd-34_'
      ORDER BY slug DESC LIMIT 2`)
    const [last, target] = rows.map(({ id }) => id)
    const refused = await submit(`/settings/projects/${last}/merge`, { into: 'unknown' })
    expect(await refused.text()).toMatch(/Crowd 349.*role="alert"[^>]*>Choose the project/s)
    expect((await submit(`/settings/projects/${last}/merge`, { into: 'crowd-348' })).status).toBe(
      303,
    )
    expect((await projects()).get('Crowd 349')?.merged_into).toBe(target)
  })

  it('says beside the project what was wrong', async () => {
    const id = await idOf('lonely')
    const refused = await submit(`/settings/projects/${id}/merge`, { into: '' })
    expect(await refused.text()).toMatch(/role="alert"[^>]*>Choose the project/)
    expect((await submit('/settings/projects/999999/archive', {})).status).toBe(404)
  })
})
