import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SECURITY_HEADERS } from '../../src/http/security-headers'
import { RawClient } from '../support/client'
import { startTestMuster, type TestMuster } from '../support/muster'

let muster: TestMuster

beforeAll(async () => {
  muster = await startTestMuster({ SSE_MAX_CONNECTIONS: '1' })
})
afterAll(() => muster.stop())

/** Headers that fetch would not let us choose. */
async function ask(first: string, headers: readonly string[], body = ''): Promise<RawClient> {
  const client = await RawClient.open(muster.address)
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
  client.send([`${first} HTTP/1.1`, ...headers, ...length], body)
  await client.receives('an answer', () => client.text.includes('\r\n\r\n'))
  client.close()
  return client
}

const HERE = 'Host: localhost:4690'
const SITE = 'Sec-Fetch-Site: cross-site'
const LINK = [SITE, 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document']
const REPORT = '{"type":"noted","project":"guarded"}'

describe('the guard', () => {
  it.each(['localhost', 'LOCALHOST:80', '127.0.0.1:4690', '[::1]:9'])(
    'lets %s in',
    async (host) => {
      expect((await ask('GET /health', [`Host: ${host}`])).status).toBe(200)
    },
  )

  it.each([
    'evil.test',
    'localhost.evil.test',
    '127.0.0.1.evil.test:4690',
    '127.0.0.2',
    '0.0.0.0:4690',
    'localhost.',
    'localhost:4690@evil.test',
  ])('refuses a name that was pointed at this machine: %s', async (host) => {
    for (const path of ['/', '/api/events', '/live?topic=board', '/health', '/assets/muster.js']) {
      const { status } = await ask(`GET ${path}`, [`Host: ${host}`, `Origin: http://${host}`])
      expect([400, 403]).toContain(status)
    }
  })

  it.each([
    'Forwarded: for=1.2.3.4',
    'X-Forwarded-For: 1.2.3.4',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Server: proxy',
    'X-Real-IP: 1.2.3.4',
  ])('refuses what came through a proxy: %s', async (header) => {
    expect((await ask('GET /', [HERE, header])).status).toBe(403)
  })

  it.each(['http://evil.test', 'https://localhost:4690', 'http://localhost:3000', 'null', 'x'])(
    'refuses what a page of %s sends',
    async (origin) => {
      for (const first of [
        'GET /live?topic=board',
        'POST /api/events',
        'POST /hooks/claude-code',
      ]) {
        const headers = [HERE, `Origin: ${origin}`, 'Content-Type: application/json']
        expect((await ask(first, headers, first.startsWith('POST') ? REPORT : '')).status).toBe(403)
      }
    },
  )

  it('lets its own pages send', async () => {
    const headers = [HERE, 'Origin: http://localhost:4690', 'Sec-Fetch-Site: same-origin']
    const { status } = await ask(
      'POST /api/events',
      [...headers, 'Content-Type: application/json'],
      REPORT,
    )
    expect(status).toBe(201)
  })

  it.each(['application/json', 'text/plain', 'application/x-ndjson', 'multipart/form-data'])(
    'refuses a report of %s from another site, even without an origin',
    async (type) => {
      const headers = [HERE, SITE, `Content-Type: ${type}`]
      expect((await ask('POST /api/events', headers, REPORT)).status).toBe(403)
    },
  )

  const PAGE_FORMS = ['/agents/1/seen', '/login', '/settings/projects/1/archive', '/logout']
  const URLENCODED = 'Content-Type: application/x-www-form-urlencoded'

  it.each([
    URLENCODED,
    'Content-Type: Text/Plain;charset=utf-8',
    'Content-Type: multipart/form-data; boundary=x',
    'X-Nothing: said',
  ])('takes no form of a page that does not say where it comes from: %s', async (type) => {
    for (const path of PAGE_FORMS) {
      const refused = await ask(`POST ${path}`, [HERE, type], 'a=b')
      expect(refused.status, path).toBe(403)
      expect(refused.body, path).toContain('Forms are taken from')
      const none = await ask(`POST ${path}`, [HERE, type, 'Sec-Fetch-Site: none'], 'a=b')
      expect(none.status, path).toBe(403)
    }
  })

  it.each(['Origin: http://localhost:4690', 'Sec-Fetch-Site: same-origin'])(
    'takes the forms of its own pages: %s',
    async (sign) => {
      for (const path of PAGE_FORMS) {
        const { status } = await ask(`POST ${path}`, [HERE, sign, URLENCODED], 'a=b')
        expect([303, 404], path).toContain(status)
      }
    },
  )

  it('refuses a stream that another site opens, even in a window of its own', async () => {
    for (const path of ['/api/events', '/live?topic=board']) {
      expect((await ask(`GET ${path}`, [HERE, SITE])).status).toBe(403)
      expect((await ask(`GET ${path}`, [HERE, ...LINK])).status).toBe(403)
    }
  })

  it('lets somebody follow a link to a page', async () => {
    expect((await ask('GET /', [HERE, ...LINK])).status).toBe(200)
    expect((await ask('GET /', [HERE, SITE])).status).toBe(403)
  })
})

describe('the headers of safety', () => {
  const html = 'Accept: text/html'
  const json = 'Content-Type: application/json'
  it.each<[number, string, string, string[], string?]>([
    [200, 'a page', 'GET /', [HERE, html]],
    [200, 'an asset', 'GET /assets/muster.css', [HERE]],
    [200, 'JSON', 'GET /health', [HERE]],
    [200, 'a stream of pages', 'GET /live?topic=board', [HERE]],
    [200, 'a poll', 'GET /live?topic=board', [HERE, html]],
    [200, 'a stream of events', 'GET /api/events', [HERE]],
    [200, 'a request for headers', 'HEAD /', [HERE]],
    [201, 'a receipt', 'POST /api/events', [HERE, json], REPORT],
    [400, 'a bad filter', 'GET /?state=nope', [HERE, html]],
    [400, 'a bad report', 'POST /api/events', [HERE, json], '{}'],
    [400, 'a bad address', 'GET http://[/', [HERE]],
    [403, 'a refusal', 'GET /', ['Host: evil.test']],
    [404, 'no page', 'GET /nothing', [HERE, html]],
    [404, 'no resource', 'GET /api/nothing', [HERE]],
    [404, 'no such method', 'DELETE /api/events', [HERE]],
    [413, 'too much', 'POST /api/events', [HERE, json, 'Content-Length: 9999999']],
    [415, 'a wrong type', 'POST /api/events', [HERE], 'x'],
  ])('are on %i, %s', async (status, _, first, headers, body) => {
    const client = await ask(first, headers, body)
    expect(client.status).toBe(status)
    for (const [name, value] of SECURITY_HEADERS) {
      expect(client.head.toLowerCase()).toContain(`\r\n${name}: ${value}`.toLowerCase())
    }
    expect(client.head.toLowerCase()).not.toContain('access-control-allow')
  })

  it('are on a refusal for want of room', async () => {
    const client = await RawClient.open(muster.address)
    client.send(['GET /api/events HTTP/1.1', HERE])
    await client.receives('the stream', () => client.status === 200)
    const refused = await ask('GET /api/events', [HERE])
    expect(refused.status).toBe(503)
    expect(refused.head.toLowerCase()).toContain('content-security-policy')
    client.close()
  })
})
