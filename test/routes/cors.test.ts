import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load'
import { SECURITY_HEADERS } from '../../src/http/security-headers'
import { RawClient } from '../support/client'
import { startTestMuster, type TestMuster } from '../support/muster'

const APP = 'https://app.example.org'
const HERE = 'Host: localhost'
const SITE = 'Sec-Fetch-Site: cross-site'
let muster: TestMuster

beforeAll(async () => {
  muster = await startTestMuster({ MUSTER_CORS_ORIGINS: `${APP}, http://localhost:3000` })
})
afterAll(() => muster.stop())

async function ask(first: string, headers: readonly string[], body = ''): Promise<RawClient> {
  const client = await RawClient.open(muster.address)
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
  client.send([`${first} HTTP/1.1`, HERE, ...headers, ...length], body)
  await client.receives('an answer', () => client.text.includes('\r\n\r\n'))
  client.close()
  return client
}

const headerOf = ({ head }: RawClient, name: string) =>
  new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim() ?? null
const allowed = (client: RawClient) => headerOf(client, 'Access-Control-Allow-Origin')

describe('a page of a configured origin', () => {
  it.each([APP, 'http://localhost:3000'])(
    'of %s may use the API, streams included',
    async (from) => {
      const report = '{"type":"noted","project":"p"}'
      for (const [first, status, body] of [
        ['GET /api/events', 200, ''],
        ['GET /api/events/history', 200, ''],
        ['POST /api/events', 201, report],
      ] as const) {
        const type = 'Content-Type: application/json'
        const answer = await ask(first, [SITE, `Origin: ${from}`, type], body)
        expect(answer.status, first).toBe(status)
        expect(allowed(answer), first).toBe(from)
        expect(headerOf(answer, 'Access-Control-Allow-Credentials')).toBe('true')
        expect(headerOf(answer, 'Vary')).toBe('Origin')
        for (const [name, value] of SECURITY_HEADERS) expect(headerOf(answer, name)).toBe(value)
      }
    },
  )

  it('reads refusals too', async () => {
    const refused = await ask('GET /api/events?colour=red', [SITE, `Origin: ${APP}`])
    expect([refused.status, allowed(refused)]).toEqual([400, APP])
  })

  it('may ask first', async () => {
    const wants = ['Access-Control-Request-Method: POST', 'Access-Control-Request-Headers: x']
    const answer = await ask('OPTIONS /api/events', [SITE, `Origin: ${APP}`, ...wants])
    expect([answer.status, allowed(answer)]).toEqual([204, APP])
    expect(headerOf(answer, 'Access-Control-Allow-Methods')).toContain('POST')
    expect(headerOf(answer, 'Access-Control-Allow-Headers')).toContain('Last-Event-ID')
    expect(headerOf(answer, 'Access-Control-Max-Age')).toBe('600')
  })

  it('may not use pages, hooks or the stream of the pages', async () => {
    for (const first of [
      'GET /',
      'GET /live?topic=board',
      'POST /hooks/codex',
      'POST /settings/tokens',
    ]) {
      const refused = await ask(first, [SITE, `Origin: ${APP}`])
      expect([refused.status, allowed(refused)], first).toEqual([403, null])
    }
  })
})

describe('a page of any other origin', () => {
  it.each([
    'https://app.example.org.evil.test',
    'https://app.example.org:8443',
    'http://app.example.org',
    'HTTPS://APP.EXAMPLE.ORG/',
    'https://evil.test',
    'null',
    `${APP}, https://evil.test`,
  ])('%s is refused', async (origin) => {
    for (const first of ['GET /api/events', 'POST /api/events', 'OPTIONS /api/events']) {
      const wants = first.startsWith('OPTIONS') ? ['Access-Control-Request-Method: POST'] : []
      const refused = await ask(first, [SITE, `Origin: ${origin}`, ...wants])
      expect([refused.status, allowed(refused)], first).toEqual([403, null])
      expect(headerOf(refused, 'Vary')).toBe('Origin')
    }
  })

  it('is refused by whatever name it has led here, even for a configured one', async () => {
    const client = await RawClient.open(muster.address)
    client.send(['GET /api/events HTTP/1.1', 'Host: evil.test', `Origin: ${APP}`])
    await client.receives('an answer', () => client.text.includes('\r\n\r\n'))
    client.close()
    expect([client.status, allowed(client)]).toEqual([403, null])
  })
})

describe('the configuration', () => {
  it.each([
    '*',
    'https://*.example.org/',
    'https://app.example.org/',
    'app.example.org',
    'null',
    'HTTPS://A.B',
  ])('does not take %s for an origin', (origin) => {
    expect(() => loadConfig({ MUSTER_CORS_ORIGINS: origin })).toThrow('MUSTER_CORS_ORIGINS')
  })
})
