import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../app'
import { type RuledRoute, ruledRoutes } from './rule'
import { startTestMuster, type TestMuster } from './test-muster'

const TOKEN = 'a token that nobody guesses'
let muster: TestMuster
let routes: RuledRoute[]

beforeAll(async () => {
  muster = await startTestMuster({ MUSTER_TOKEN: TOKEN })
  routes = ruledRoutes(createApp(muster.services))
})
afterAll(() => muster.stop())

const ask = ({ method, path }: RuledRoute, headers: Record<string, string> = {}) =>
  muster.fetch(path.replaceAll(/:\w+/g, '1'), { method, headers, redirect: 'manual' })

describe('every route', () => {
  it('says whom it is for', () => {
    expect(routes.length).toBeGreaterThan(12)
    expect(routes.filter(({ rule }) => rule === null)).toEqual([])
  })

  it('is public only if a stranger gains nothing by it', () => {
    const open = routes.filter(({ rule }) => rule === 'public')
    expect(open.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      'GET /assets/:name',
      'GET /favicon.ico',
      'GET /health',
      'GET /login',
      'POST /login',
    ])
  })

  it('takes reports from programs, and forms from pages', () => {
    for (const { method, path, rule } of routes.filter(({ rule }) => rule !== 'public')) {
      const isRead = method === 'GET'
      const isForProgram = /^\/(api|hooks)\//.test(path)
      // What people may do by the API as well as by a page.
      const isAct = /^\/api\/debates\/:debateId\/(pause|resume|interventions)$/.test(path)
      const write = isForProgram ? (isAct ? 'act' : 'report') : 'form'
      expect(rule, `${method} ${path}`).toBe(isRead ? 'read' : write)
    }
  })

  it('refuses a stranger as its rule says', async () => {
    for (const route of routes.filter(({ rule }) => rule !== 'public')) {
      const where = `${route.method} ${route.path}`
      const refused = await ask(route)
      expect(refused.status, where).toBe(401)
      expect(refused.headers.get('www-authenticate'), where).toBe('Bearer')
      expect(await refused.json(), where).toEqual({ error: expect.stringContaining('token') })
      const asBrowser = await ask(route, { Accept: 'text/html' })
      const isPage = !/^\/(api|hooks|live)/.test(route.path)
      expect(asBrowser.status, where).toBe(isPage ? 303 : 401)
      if (isPage) expect(asBrowser.headers.get('location'), where).toMatch(/^\/login(\?next=|$)/)
    }
  })

  it('that does not exist is not shown to a stranger either', async () => {
    const nowhere: RuledRoute = { method: 'GET', path: '/nowhere', rule: null }
    expect((await ask(nowhere)).status).toBe(401)
    expect((await ask(nowhere, { Authorization: `Bearer ${TOKEN}` })).status).toBe(404)
  })
})
