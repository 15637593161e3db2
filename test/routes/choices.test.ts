import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestMuster } from '../support/muster'
import { makeToken, startTokenStage } from '../support/tokens'

let muster: TestMuster
let all: Record<string, string>
let bound: Record<string, string>

beforeAll(async () => {
  const stage = await startTokenStage()
  muster = stage.muster
  all = (await makeToken(muster, { may: ['admin', 'report', 'read'] })).headers
  bound = (await makeToken(muster, { may: ['read'], projectIds: [stage.mine] })).headers
  const reports = ['Web shop', 'web-2', 'The <web>', 'api', 'apx_']
    .map((project) => ({ type: `deploy.n${project.length}`, project, agent: `bot of ${project}` }))
    .map((report) => ({ ...report, message: 'x' }))
  await stage.send(all, ...reports)
})
afterAll(() => muster.stop())

const get = (query: string, headers: Record<string, string> = all) =>
  muster.fetch(`/choices?${query}`, { headers })

async function options(query: string, headers: Record<string, string> = all) {
  const answer = await get(query, { ...headers, 'HX-Request': 'true' })
  expect(answer.status).toBe(200)
  const html = await answer.text()
  return [...html.matchAll(/<option value="([^"]*)">([^<]*)<\/option>/g)].map(
    ([, value = '', label = '']) => [value, label],
  )
}

describe('what a filter can be set to', () => {
  it('is found by any part of its name, and what begins with it comes first', async () => {
    expect(await options('field=project&q=WEB')).toEqual([
      ['web-shop', 'Web shop'],
      ['web-2', ''],
      ['the-web', 'The &lt;web&gt;'],
    ])
    expect(await options('field=type&q=deploy.n3')).toEqual([['deploy.n3', '']])
    const agents = await options('field=agent&q=bot+of+api')
    expect(agents.map(([, label]) => label)).toEqual(['bot of api'])
    expect(await options(`field=agent&q=${agents[0]?.[0]}`)).toContainEqual(agents[0])
  })

  it('is looked for as it was typed: no letter stands for others', async () => {
    expect(await options('field=project&q=ap_')).toEqual([])
    expect(await options('field=project&q=%25')).toEqual([])
    expect((await options('field=project&q=apx_')).map(([value]) => value)).toEqual(['apx'])
    expect(
      await options(`field=project&q=${encodeURIComponent("'; DROP TABLE agents --")}`),
    ).toEqual([])
  })

  it('comes under the name of the field, as a form sends it, and all of it for no text', async () => {
    expect(await options('field=project&project=api')).toEqual([['api', '']])
    const projects = await options('field=project&project=')
    expect(projects.length).toBeGreaterThan(5)
    expect(projects.length).toBeLessThanOrEqual(20)
  })

  it('is at most twenty', async () => {
    await muster.sql(`INSERT INTO projects (key, slug, name)
      SELECT 'many ' || n, 'many-' || n, 'Many ' || n FROM generate_series(1, 50) AS n`)
    expect(await options('field=project&q=many')).toHaveLength(20)
  })

  it('is what whoever asks may see', async () => {
    for (const field of ['project', 'agent', 'type']) {
      const text = JSON.stringify(await options(`field=${field}`, bound))
      expect(text).not.toMatch(/web|bot|deploy|access/i)
      expect(text).not.toBe('[]')
    }
    expect(JSON.stringify(await options('field=type&q=access'))).toContain('access.')
    expect((await get('field=project', {})).status).toBe(401)
  })

  it('leaves out what was archived or merged', async () => {
    await muster.sql(`UPDATE projects SET archived_at = now() WHERE slug = 'web-2'`)
    await muster.sql(`UPDATE projects SET merged_into = (SELECT id FROM projects WHERE slug = 'api')
      WHERE slug = 'the-web'`)
    await muster.sql(`UPDATE projects SET archived_at = '2020-01-01' WHERE slug = 'apx'`)
    await muster.sql(`UPDATE agents SET archived_at = now() WHERE name = 'bot of api'`)
    expect((await options('field=project&q=web')).map(([value]) => value)).toEqual(['web-shop'])
    // Somebody has reported from it since.
    expect(await options('field=project&q=apx')).toHaveLength(1)
    expect(await options('field=agent&q=bot+of+api')).toEqual([])
  })

  it('is a page of links for a browser that runs no script', async () => {
    const answer = await get('field=project&q=shop', { ...all, Accept: 'text/html' })
    const html = await answer.text()
    expect(html).toMatch(/^<!doctype html>/)
    expect(html).toContain('href="/?project=web-shop"')
    const nothing = await get('field=agent&q=nobody+has+this', { ...all, Accept: 'text/html' })
    expect(await nothing.text()).toContain('Nothing has such a name.')
  })

  it.each([
    ['field=state', 'field'],
    ['', 'field'],
    [`field=project&q=${'x'.repeat(201)}`, 'q'],
    ['field=project&q=%00', 'q'],
  ])('is not known for %s', async (query, field) => {
    const answer = await get(query)
    expect([answer.status, await answer.json()]).toMatchObject([400, { field }])
  })
})
