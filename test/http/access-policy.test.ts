import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../src/app'
import { type RoutePolicy, routePolicies } from '../../src/http/access-policy'
import { startTestMuster, type TestMuster } from '../support/muster'

const TOKEN = 'a token that nobody guesses'
let muster: TestMuster
let routes: RoutePolicy[]

beforeAll(async () => {
  muster = await startTestMuster({ MUSTER_TOKEN: TOKEN })
  routes = routePolicies(createApp(muster.services))
})
afterAll(() => muster.stop())

const ask = ({ method, path }: RoutePolicy, headers: Record<string, string> = {}) =>
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
      const isForProgram = /^\/(api|hooks|v1)\//.test(path)
      if (
        /^\/(settings\/(people|tokens|connections|projects|sessions)|api\/(connections|projects\/|agents\/|demo\/clear))/.test(
          path,
        )
      ) {
        expect(rule, `${method} ${path}`).toBe('admin')
        continue
      }
      // What people may do by the API as well as by a page.
      const isOfBoth = /^\/api\/(v2|debates\/:debateId\/(pause|resume|interventions)$)/.test(path)
      const change = isOfBoth ? ['act'] : isForProgram ? ['report'] : ['form', 'act']
      expect(isRead ? ['read'] : change, `${method} ${path}`).toContain(rule)
    }
  })

  it('refuses a stranger as its rule says', async () => {
    for (const route of routes.filter(({ rule }) => rule !== 'public')) {
      const where = `${route.method} ${route.path}`
      const refused = await ask(route)
      expect(refused.status, where).toBe(401)
      expect(refused.headers.get('www-authenticate'), where).toBe('Bearer')
      const { error, detail } = (await refused.json()) as Record<string, string>
      expect(error ?? detail, where).toMatch(/token|^Missing user identification$/)
      const asBrowser = await ask(route, { Accept: 'text/html' })
      const isPage = !/^\/(api|hooks|live|v1|metrics)/.test(route.path)
      expect(asBrowser.status, where).toBe(isPage ? 303 : 401)
      if (isPage) expect(asBrowser.headers.get('location'), where).toMatch(/^\/login(\?next=|$)/)
    }
  })

  it('that does not exist is not shown to a stranger either', async () => {
    const nowhere: RoutePolicy = { method: 'GET', path: '/nowhere', rule: null }
    expect((await ask(nowhere)).status).toBe(401)
    expect((await ask(nowhere, { Authorization: `Bearer ${TOKEN}` })).status).toBe(404)
  })
})
