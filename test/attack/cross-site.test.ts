import { beforeAll, describe, expect, it } from 'vitest'
import { attackedMuster } from '../support/attack'
import { logIn, TOKEN } from '../support/login'

const open = attackedMuster()
const locked = attackedMuster({ MUSTER_TOKEN: TOKEN })
const REPORT = '{"type":"noted","project":"forged"}'

const BODIES: [type: string, body: string][] = [
  ['text/plain', REPORT],
  ['text/plain;application/json', REPORT],
  ['application/x-www-form-urlencoded', `${REPORT}=`],
  [
    'multipart/form-data; boundary=x',
    `--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n${REPORT}\r\n--x--\r\n`,
  ],
  ['application/json', REPORT],
  ['application/x-ndjson', REPORT],
  ['', REPORT],
]
const SENDERS: [who: string, headers: string[]][] = [
  [
    'a form',
    [
      'Origin: http://evil.test',
      'Sec-Fetch-Site: cross-site',
      'Sec-Fetch-Mode: navigate',
      'Sec-Fetch-Dest: document',
    ],
  ],
  [
    'a script',
    ['Origin: http://evil.test', 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors'],
  ],
  ['an old browser', ['Origin: http://evil.test']],
  ['a sandboxed frame', ['Origin: null']],
  ['a browser that hides the origin', ['Sec-Fetch-Site: cross-site']],
  ['another port of this machine', ['Origin: http://localhost:3000', 'Sec-Fetch-Site: same-site']],
  ['another port that hides the origin', ['Sec-Fetch-Site: same-site']],
  ['https of this machine', ['Origin: https://localhost']],
]
const DOORS = [
  '/api/events',
  '/hooks/claude-code',
  '/hooks/codex',
  '/agents/1/seen',
  '/logout',
  '/logout/everywhere',
  '/login',
  '/settings/account/password',
  '/settings/people',
  '/settings/tokens',
]

const cookie = { Cookie: '' }
beforeAll(async () => {
  Object.assign(cookie, await logIn(locked.it.muster))
})

describe.each(SENDERS)('what %s sends', (_, headers) => {
  it.each(BODIES)('as %j is refused at every door', async (type, body) => {
    for (const door of DOORS) {
      for (const victim of [open, locked]) {
        const status = await victim.it.ask(
          [
            `POST ${door} HTTP/1.1`,
            'Host: localhost',
            ...headers,
            ...(type ? [`Content-Type: ${type}`] : []),
            ...(victim === locked ? [`Cookie: ${cookie.Cookie}`] : []),
            `Content-Length: ${Buffer.byteLength(body)}`,
          ],
          body,
        )
        expect(status, door).toBe(403)
      }
    }
    expect(await open.it.stored()).toBe(0)
    expect(await locked.it.stored()).toBe(0)
  })
})

it('a question before a request of another site is answered with nothing', async () => {
  for (const door of DOORS) {
    const status = await open.it.ask([
      `OPTIONS ${door} HTTP/1.1`,
      'Host: localhost',
      'Origin: http://evil.test',
      'Access-Control-Request-Method: POST',
      'Access-Control-Request-Headers: content-type',
    ])
    expect(status).toBe(403)
  }
})

it('forms need a sign of their site, and the cookie', async () => {
  for (const door of ['/logout', '/agents/1/seen', '/settings/tokens', '/settings/people']) {
    const form = [`POST ${door} HTTP/1.1`, 'Host: localhost', 'Content-Length: 0']
    expect(await locked.it.ask([...form, `Cookie: ${cookie.Cookie}`])).toBe(403)
    expect(await locked.it.ask([...form, 'Origin: http://localhost'])).toBe(401)
  }
  const page = await locked.it.muster.fetch('/', { headers: cookie })
  expect(page.status).toBe(200)
})

describe('cookies', () => {
  const read = (...cookies: string[]) =>
    locked.it.ask([
      'GET /api/events/history HTTP/1.1',
      'Host: localhost',
      ...cookies.map((text) => `Cookie: ${text}`),
    ])

  it('that others have put beside the good one do not shut anybody out', async () => {
    const tossed = `muster_session=${'x'.repeat(43)}`
    expect(await read(`${tossed}; ${cookie.Cookie}`)).toBe(200)
    expect(await read(tossed, cookie.Cookie)).toBe(200)
    expect(await read(`muster_session=; muster_session; =; ;; ${cookie.Cookie}`)).toBe(200)
  })

  it('of two logins open nothing: nobody can say which one is meant', async () => {
    const other = await logIn(locked.it.muster)
    expect(await read(other.Cookie)).toBe(200)
    expect(await read(cookie.Cookie, other.Cookie)).toBe(401)
    expect(await read(`${other.Cookie}; ${cookie.Cookie}`)).toBe(401)
    expect(await read(cookie.Cookie, cookie.Cookie)).toBe(200)
  })

  it('that are none open nothing', async () => {
    const value = cookie.Cookie.split('=')[1] ?? ''
    for (const text of [
      '',
      'muster_session=',
      `muster_session=${'x'.repeat(43)}`,
      `muster_session="${value}"`,
      `muster_session=${value}x`,
      `muster_session=${value.slice(1)}`,
      `__Host-muster_session=${value}`,
      `MUSTER_SESSION=${value}`,
      `x=muster_session=${value}`,
      `muster_session=${encodeURIComponent("' OR 1=1 --")}`,
      'muster_session[]=x',
      '__proto__=x; constructor=y',
    ]) {
      expect(await read(text), text).toBe(401)
    }
  })

  it('of any size and number are read quickly, or refused', async () => {
    expect(await read('x'.repeat(15_000))).toBe(401)
    expect(await read(`muster_session=${'x'.repeat(43)};`.repeat(200))).toBe(401)
    expect(await read('x'.repeat(40_000))).toBe(431)
    expect(await read(...Array.from({ length: 1_500 }, () => 'a=b'))).toBeGreaterThanOrEqual(401)
  })
})
