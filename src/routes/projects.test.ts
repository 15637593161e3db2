import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../stream/test-wait'
import { startTestMuster, type TestMuster } from './test-muster'

let muster: TestMuster

beforeAll(async () => {
  muster = await startTestMuster()
})
afterAll(() => muster.stop())

async function projects() {
  const { projects: list } = (await (await muster.fetch('/api/projects')).json()) as {
    projects: { id: number; name: string; archived_at: string | null; merged_into: number | null }[]
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
    expect((await send('POST', `/api/projects/${one}/merge`, { into: two })).status).toBe(204)
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

  it('says beside the project what was wrong', async () => {
    const id = await idOf('lonely')
    const refused = await submit(`/settings/projects/${id}/merge`, { into: '' })
    expect(await refused.text()).toMatch(/role="alert"[^>]*>Choose the project/)
    expect((await submit('/settings/projects/999999/archive', {})).status).toBe(404)
  })
})
