import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RawClient } from '../support/client'
import { sharedMuster, type TestMuster } from '../support/muster'
import { until } from '../support/wait'

let muster: TestMuster

beforeAll(async () => {
  muster = await sharedMuster()
})
afterAll(() => muster.stop())

const HTML = { Accept: 'text/html' }
const page = async (path: string) => {
  const response = await muster.fetch(path, { headers: HTML })
  return { response, html: await response.text() }
}
const shown = async (project: string, agent: string, message = '') => {
  const { last_id } = await muster.report({
    type: 'working',
    project,
    agent,
    state: 'processing',
    message,
  })
  await until('the pages show it', () => muster.services.pageStreams.cursor >= last_id)
}

describe('a page', () => {
  it('is complete without a script, and begins with its doctype', async () => {
    await shown('complete', 'alice')
    const { response, html } = await page('/')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(html).toMatch(/^<!doctype html><html lang="en">/)
    expect(html).toMatch(/data-agent-session="alice"/)
    expect(html).toMatch(/data-state="processing"/)
    expect(html).toMatch(/data-event-id="\d+"/)
    expect(html).toMatch(/sse-connect="\/live\?topic=board&amp;topic=bar&amp;last_event_id=\d+"/)
  })

  it('shows what somebody reported as text, whatever it is', async () => {
    const nasty = '<script>alert(1)</script><img src=x onerror=alert(1)>"\' onload="x'
    await shown(`${nasty}-project`, `${nasty}-agent`, nasty)
    const { html } = await page('/')
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;')
    expect(html).not.toContain('<img src=x')
    expect(html).not.toContain('<script>alert')
    expect(html).not.toMatch(/<[^>]* onload="/)
  })

  it('of a project and of an agent is there as soon as the board shows them', async () => {
    await shown('linked', 'bob')
    const { html } = await page('/?project=linked')
    const [, agent = ''] = /href="(\/agents\/\d+)/.exec(html) ?? []
    for (const path of ['/projects/linked', agent]) {
      const { response, html } = await page(path)
      expect(response.status).toBe(200)
      expect(html).toContain('bob')
    }
  })

  it.each(['/projects/unknown', '/projects/A%20B', '/projects/x%3Fproject=y', '/agents/999999'])(
    'that is not there is told in HTML: %s',
    async (path) => {
      const { response, html } = await page(path)
      expect(response.status).toBe(404)
      expect(html).toMatch(/^<!doctype html>/)
    },
  )

  it.each([
    '/agents/0',
    '/agents/abc',
    '/agents/1e3',
    '/events/0',
    '/events/x',
    '/nothing',
    '/%zz',
  ])('that cannot be is told in HTML: %s', async (path) => {
    const { response, html } = await page(path)
    expect(response.status).toBe(404)
    expect(html).toMatch(/^<!doctype html>/)
  })

  it.each(['state=nope', 'agent=x', 'project=%3Cscript%3E', 'type=Upper'])(
    'with a filter that cannot be meant is refused in HTML: %s',
    async (query) => {
      const { response, html } = await page(`/?${query}`)
      expect(response.status).toBe(400)
      expect(html).toMatch(/^<!doctype html>/)
      expect(html).not.toContain('<script>')
    },
  )

  it('is not there for programs: they are told in JSON', async () => {
    for (const path of ['/api/nothing', '/hooks/other', '/live/x', '/assets/none.js']) {
      const response = await muster.fetch(path, { headers: HTML })
      expect(response.status).toBe(404)
      expect(await response.json()).toEqual({ error: expect.stringContaining('There is no') })
    }
  })
})

describe('assets', () => {
  it('may be kept for ever under the address that a page has for them, and only there', async () => {
    const { html } = await page('/')
    const [, url = ''] = /src="(\/assets\/muster\.js\?v=[^"]+)"/.exec(html) ?? []
    const pinned = await muster.fetch(url)
    expect(pinned.headers.get('content-type')).toContain('text/javascript')
    expect(pinned.headers.get('cache-control')).toContain('immutable')
    for (const other of ['/assets/muster.js', '/assets/muster.js?v=old']) {
      expect((await muster.fetch(other)).headers.get('cache-control')).toBe('no-cache')
    }
  })

  it.each([
    '/assets/../package.json',
    '/assets/..%2fpackage.json',
    '/assets/%2e%2e/package.json',
    '/assets/..%5cpackage.json',
    '/assets//etc/passwd',
    '/assets/muster.js%00.css',
    '/assets/__proto__',
  ])('are files of one folder: %s is none', async (path) => {
    const client = await RawClient.open(muster.address)
    client.send([`GET ${path} HTTP/1.1`, 'Host: localhost'])
    await client.receives('an answer', () => client.status > 0)
    expect(client.status).toBe(404)
    client.close()
  })
})

describe('methods', () => {
  it('HEAD answers what GET would, without the body, and leaves the connection usable', async () => {
    const client = await RawClient.open(muster.address)
    const paths = ['/', '/health', '/assets/muster.css', '/api/events', '/live?topic=board']
    for (const [index, path] of paths.entries()) {
      client.send([`HEAD ${path} HTTP/1.1`, 'Host: localhost'])
      await client.receives(
        `the headers of ${path}`,
        () =>
          client.text.split('HTTP/1.1 200').length === index + 2 &&
          client.text.endsWith('\r\n\r\n'),
      )
    }
    expect(client.text).not.toContain('retry:')
    const { connections } = muster.services
    expect([connections.count('events'), connections.count('pages')]).toEqual([0, 0])
    client.close()
  })

  it.each(['OPTIONS', 'PUT', 'DELETE', 'PATCH', 'PROPFIND', 'TRACE', 'POST'])(
    '%s finds nothing on a page, and hurts nobody',
    async (method) => {
      const client = await RawClient.open(muster.address)
      client.send([`${method} / HTTP/1.1`, 'Host: localhost', 'Content-Length: 0'])
      await client.receives('an answer', () => client.status > 0)
      expect(client.status).toBeGreaterThanOrEqual(400)
      expect(client.status).toBeLessThan(500)
      client.close()
    },
  )
})

describe('GET /health', () => {
  it('says how Muster is', async () => {
    const response = await muster.fetch('/health')
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      status: 'ok',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      uptime_seconds: expect.any(Number),
      database: 'ok',
      search: { indexed_through: expect.any(Number), complete: expect.any(Boolean) },
      sse: {
        status: 'ok',
        active_connections: 0,
        max_connections: 100,
        by_family: { events: 0, v2: 0, debates: 0, pages: 0 },
        evicted_by_family: { events: 0, v2: 0, debates: 0, pages: 0 },
        running: true,
      },
    })
  })
})
