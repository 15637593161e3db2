import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessPolicy } from '../../src/access/access'
import { type Right, rightsOf } from '../../src/access/rights'
import { createApp } from '../../src/app'
import { type RoutePolicy, routePolicies } from '../../src/http/access-policy'
import { SECURITY_HEADERS } from '../../src/http/security-headers'
import { BEARER, TOKEN } from '../support/login'
import { startTestMuster, type TestMuster } from '../support/muster'
import { makePerson } from '../support/people'
import { addressOf, beginDebate, bodyOf, type Sample } from '../support/route-samples'
import { makeToken, projectIdOf } from '../support/tokens'

interface Identity {
  readonly name: string
  readonly comesWith: 'nothing' | 'bearer' | 'cookie'
  readonly may: readonly Right[]
  /** What is sent; a cookie afresh for each request, for some routes end it. */
  headers(): Promise<Record<string, string>>
}

let muster: TestMuster
let routes: RoutePolicy[]
let sample: Sample
let identities: Identity[]
let bound: { Authorization: string }

beforeAll(async () => {
  muster = await startTestMuster({ MUSTER_TOKEN: TOKEN, MUSTER_WRONG_TOKENS_PER_MINUTE: '10000' })
  routes = routePolicies(createApp(muster.services))
  const { last_id: eventId } = await muster.report(
    { type: 'noted', project: 'theirs' },
    { type: 'noted', project: 'mine', agent: 'mender' },
  )
  const { rows } = await muster.sql(`SELECT id FROM agents WHERE name = 'mender'`)
  const projectId = await projectIdOf(muster, 'mine')
  const headers = { Authorization: `Bearer ${TOKEN}` }
  const debateId = await beginDebate(muster, 'mine', 'mender', headers)
  sample = { slug: 'mine', projectId, agentId: Number(rows[0].id), eventId, debateId }
  const theirs = await projectIdOf(muster, 'theirs')
  const elsewhere = { may: ['report', 'read'] as const, projectIds: [theirs] }
  bound = (await makeToken(muster, elsewhere)).headers
  identities = [
    { name: 'nobody', comesWith: 'nothing', may: [], headers: async () => ({}) },
    program('a wrong token', [], `Bearer muster_${'x'.repeat(43)}`),
    program('the MUSTER_TOKEN', ['admin'], BEARER.Authorization),
    ...(await Promise.all(
      (['report', 'read', 'admin'] as const).map(async (right) => {
        const { headers } = await makeToken(muster, { may: [right] })
        return program(`a token that may ${right}`, [right], headers.Authorization)
      }),
    )),
    await person('admin', ['admin']),
    await person('member', ['report', 'read']),
    await person('viewer', ['read']),
    { name: 'who has logged out', comesWith: 'nothing', may: [], headers: loggedOut },
  ]
})
afterAll(() => muster.stop())

function program(name: string, may: readonly Right[], authorization: string): Identity {
  return { name, comesWith: 'bearer', may, headers: async () => ({ Authorization: authorization }) }
}

async function person(role: 'viewer' | 'member' | 'admin', may: readonly Right[]) {
  await makePerson(muster, { name: role, role })
  const { people, sessions } = muster.services.access
  const found = (await people.list()).find(({ name }) => name === role)
  if (!found) throw new Error(`There is no ${role}`)
  const headers = async () => ({ Cookie: `muster_session=${await sessions.open(found, 'test')}` })
  return { name: `a ${role} who has logged in`, comesWith: 'cookie', may, headers } as const
}

async function loggedOut(): Promise<{ Cookie: string }> {
  const { sessions } = muster.services.access
  const value = await sessions.open({ id: 'token', name: '' }, 'test')
  const found = await sessions.find([value])
  if (found) await sessions.end(found.session)
  return { Cookie: `muster_session=${value}` }
}

const NEEDED = {
  read: ['read'],
  report: ['report'],
  form: ['read'],
  act: ['read', 'report'],
  admin: ['admin'],
} as const

/** What the rule of a route means for somebody: 0 where they are let in. */
function refusal(rule: AccessPolicy, { comesWith, may }: Identity): 0 | 401 | 403 {
  if (rule === 'public') return 0
  const isKnown =
    may.length > 0 &&
    (comesWith === 'cookie' ? rule !== 'report' : comesWith === 'bearer' && rule !== 'form')
  if (!isKnown) return 401
  const rights = rightsOf(may, null).may
  return NEEDED[rule].every((right) => rights.includes(right)) ? 0 : 403
}

/** Every route for every identity: a thousand requests and more. */
const MATRIX_MS = 120_000
const FORM = 'application/x-www-form-urlencoded'

interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Empty for a stream, which is not read. */
  readonly text: string
}

async function ask(
  route: RoutePolicy,
  headers: Record<string, string>,
  method = route.method,
): Promise<Answer> {
  const stop = new AbortController()
  const isPost = method === 'POST'
  const isForm = !/^\/(api|hooks|v1)\//.test(route.path)
  const body = bodyOf(route, sample)
  const response = await muster.fetch(addressOf(route, sample), {
    method,
    redirect: 'manual',
    signal: stop.signal,
    headers: { ...(isPost && { 'Content-Type': isForm ? FORM : 'application/json' }), ...headers },
    ...(isPost && {
      body: isForm ? String(new URLSearchParams(Object.entries(body))) : JSON.stringify(body),
    }),
  })
  const isStream = response.headers.get('content-type') === 'text/event-stream'
  const text = isStream ? '' : await response.text()
  if (isStream) stop.abort()
  return { status: response.status, headers: response.headers, text }
}

const nameOf = ({ method, path }: RoutePolicy) => `${method} ${path}`

describe('every route', () => {
  it('has a rule', () => {
    expect(routes.filter(({ rule }) => rule === null).map(nameOf)).toEqual([])
    expect(new Set(routes.map(({ rule }) => rule))).toEqual(
      new Set(['public', ...Object.keys(NEEDED)]),
    )
  })

  it('lets in whom its rule says, and nobody else', { timeout: MATRIX_MS }, async () => {
    const seen: Record<number, number> = {}
    for (const route of routes) {
      for (const identity of identities) {
        const expected = refusal(route.rule ?? 'public', identity)
        const { status, headers, text } = await ask(route, await identity.headers())
        const where = `${nameOf(route)} for ${identity.name}: ${text.slice(0, 200)}`
        seen[expected] = (seen[expected] ?? 0) + 1
        if (expected !== 0) {
          expect(status, where).toBe(expected)
          const key = route.path.startsWith('/api/v2/') ? 'detail' : 'error'
          expect(JSON.parse(text), where).toEqual({ [key]: expect.any(String) })
          if (status === 401) expect(headers.get('www-authenticate'), where).toBe('Bearer')
        } else {
          expect([401, 403], where).not.toContain(route.path === '/login' ? 0 : status)
          expect(status, where).toBeLessThan(500)
        }
        for (const [name, value] of SECURITY_HEADERS) expect(headers.get(name), where).toBe(value)
        if (route.rule !== 'public') {
          expect(headers.get('cache-control'), where).toMatch(/no-store|no-cache/)
        }
        expect(headers.get('access-control-allow-origin'), where).toBeNull()
      }
    }
    expect(Object.keys(seen)).toEqual(['0', '401', '403'])
  })

  it('is refused without a body to who asks for its headers only', async () => {
    for (const route of routes.filter(
      ({ method, rule }) => method === 'GET' && rule !== 'public',
    )) {
      const { status, text } = await ask(route, {}, 'HEAD')
      expect([status, text], nameOf(route)).toEqual([401, ''])
    }
  })

  it('is refused to a browser as a page, or leads to the login', async () => {
    const html = { Accept: 'text/html' }
    const { headers: onlyReports } = await makeToken(muster, { may: ['report'] })
    for (const route of routes.filter(({ rule }) => rule !== 'public' && rule !== 'report')) {
      const isForPrograms = /^\/(api|hooks|live|metrics|v1)(\/|$)/.test(route.path)
      const stranger = await ask(route, html)
      expect(stranger.status, nameOf(route)).toBe(isForPrograms ? 401 : 303)
      if (!isForPrograms) expect(stranger.headers.get('location')).toMatch(/^\/login(\?|$)/)
      if (route.rule === 'form') continue
      const known = await ask(route, { ...html, ...onlyReports })
      expect(known.status, nameOf(route)).toBe(403)
      if (!isForPrograms) expect(known.text).toContain('<h1>This token does not have the right')
    }
  })
})

describe('a token that is bound to another project', () => {
  it('finds nothing of this one by any address, and reports nothing for it', async () => {
    const { rows: before } = await muster.sql(
      'SELECT max(id) AS id FROM events WHERE project_id = $1',
      [sample.projectId],
    )
    for (const route of routes) {
      const { status, text } = await ask(route, bound)
      const where = `${nameOf(route)}: ${status} ${text.slice(0, 200)}`
      expect(text.replaceAll(addressOf(route, sample), ''), where).not.toMatch(/mender/)
      if (route.rule === 'admin') expect(status, where).toBe(403)
      if (route.rule === 'form') expect(status, where).toBe(401)
      const isOfProject = addressOf(route, sample) !== route.path && route.path !== '/live'
      const mayAct = ['read', 'act', 'report'].includes(route.rule ?? '')
      if (isOfProject && mayAct) expect(status, where).toBe(404)
      else if (route.rule === 'report') expect(status, where).toBe(403)
    }
    const { rows: after } = await muster.sql(
      'SELECT max(id) AS id FROM events WHERE project_id = $1',
      [sample.projectId],
    )
    expect(after).toEqual(before)
  })
})
