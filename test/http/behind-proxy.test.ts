import { afterEach, describe, expect, it } from 'vitest'
import { RawClient } from '../support/client'
import { TOKEN } from '../support/login'
import { startTestMuster, type TestMuster } from '../support/muster'

const running: TestMuster[] = []
afterEach(async () => {
  for (const muster of running.splice(0)) await muster.stop()
})

async function start(env: Record<string, string>): Promise<TestMuster> {
  const muster = await startTestMuster(env)
  running.push(muster)
  return muster
}

async function ask(muster: TestMuster, first: string, headers: readonly string[], body = '') {
  const client = await RawClient.open(muster.address)
  client.send([`${first} HTTP/1.1`, ...headers, `Content-Length: ${body.length}`], body)
  await client.receives('an answer', () => client.text.includes('\r\n\r\n'))
  client.close()
  return client
}

const FORM = 'Content-Type: application/x-www-form-urlencoded'
const OWN_PAGE = 'Sec-Fetch-Site: same-origin'
const LOGIN = `token=${encodeURIComponent(TOKEN)}`
const PROXY = { MUSTER_TOKEN: TOKEN, MUSTER_TRUSTED_PROXIES: '127.0.0.1' }
const PUBLIC = { ...PROXY, MUSTER_PUBLIC_URL: 'https://muster.test' }

describe('behind a proxy', () => {
  it('is nobody let in without a token, even if the proxy is trusted', async () => {
    const muster = await start({ MUSTER_TRUSTED_PROXIES: '127.0.0.1' })
    const { status, body } = await ask(muster, 'GET /api/events/history', [
      'Host: localhost',
      'X-Forwarded-For: 8.8.8.8',
    ])
    expect(status).toBe(403)
    expect(body).toContain('MUSTER_TOKEN')
  })

  it('cookies are for https only where the public address, or the proxy, is https', async () => {
    const publicly = await start(PUBLIC)
    const cookieOf = (client: RawClient) => /^set-cookie: (.*)$/im.exec(client.head)?.[1]
    const done = await ask(publicly, 'POST /login', ['Host: muster.test', OWN_PAGE, FORM], LOGIN)
    expect(done.status).toBe(303)
    expect(cookieOf(done)).toMatch(/^__Host-muster_session=.*; Path=\/;.*; Secure$/)
    expect(done.head).toMatch(/^strict-transport-security: max-age=31536000$/im)
    const [pair = ''] = (cookieOf(done) ?? '').split(';')
    const page = (cookie: string) =>
      ask(publicly, 'GET /', ['Host: muster.test', 'Accept: text/html', `Cookie: ${cookie}`])
    expect((await page(pair)).status).toBe(200)
    // Under the other name anybody on the domain could have set it.
    expect((await page(pair.replace('__Host-', ''))).status).toBe(303)

    const proxied = await start(PROXY)
    const secure = ['Host: localhost', OWN_PAGE, FORM, 'X-Forwarded-Proto: https']
    const behind = await ask(proxied, 'POST /login', secure, LOGIN)
    expect(cookieOf(behind)).toMatch(/^__Host-.*Secure$/)
    expect(behind.head).toMatch(/strict-transport-security/i)
    const plain = await ask(proxied, 'POST /login', ['Host: localhost', OWN_PAGE, FORM], LOGIN)
    expect(cookieOf(plain)).toMatch(/^muster_session=.*SameSite=Lax$/)
    expect(plain.head).not.toMatch(/strict-transport-security/i)
  })

  it('the headers of a stranger are ignored when there is a token', async () => {
    const muster = await start({ MUSTER_TOKEN: TOKEN })
    const headers = [
      'Host: localhost',
      OWN_PAGE,
      FORM,
      'X-Forwarded-Proto: https',
      'X-Forwarded-For: 1.1.1.1',
    ]
    const done = await ask(muster, 'POST /login', headers, LOGIN)
    expect(done.status).toBe(303)
    expect(done.head).not.toMatch(/__Host-|strict-transport-security/i)
  })

  it('pages come from the public origin, whatever name the proxy asks under', async () => {
    const muster = await start(PUBLIC)
    const post = (...headers: string[]) => ask(muster, 'POST /login', [...headers, FORM], LOGIN)
    const status = async (...headers: string[]) => (await post(...headers)).status
    const origin = 'Origin: https://muster.test'
    expect(await status('Host: muster.test', origin)).toBe(303)
    expect(await status('Host: localhost:4690', origin)).toBe(303)
    expect(await status('Host: localhost:4690', 'Origin: http://localhost:4690')).toBe(303)
    for (const other of [
      'Origin: http://muster.test',
      'Origin: https://muster.test:8443',
      'Origin: https://evil.test',
      'Origin: https://muster.test.evil.test',
      'Origin: null',
    ]) {
      expect(await status('Host: muster.test', other), other).toBe(403)
    }
  })

  it('the names of config.yaml are answered to, and no others', async () => {
    const muster = await start({ ...PUBLIC, MUSTER_ALLOWED_HOSTS: 'board.lan, [fd00::1]' })
    const status = async (host: string) =>
      (await ask(muster, 'GET /health', [`Host: ${host}`])).status
    for (const host of [
      'muster.test',
      'MUSTER.TEST:443',
      'board.lan:4690',
      '[fd00::1]',
      'localhost',
    ]) {
      expect(await status(host), host).toBe(200)
    }
    for (const host of ['evil.test', 'sub.muster.test', 'muster.test.evil.test', '10.0.0.1', '']) {
      expect([400, 403], host).toContain(await status(host))
    }
  })

  it('each client is counted for itself', async () => {
    const muster = await start({ ...PROXY, MUSTER_REPORTS_PER_MINUTE: '2' })
    const report = async (client: string) => {
      const { status } = await ask(
        muster,
        'POST /api/events',
        [
          'Host: localhost',
          'Content-Type: application/json',
          `Authorization: Bearer ${TOKEN}`,
          `X-Forwarded-For: 6.6.6.6, ${client}`,
        ],
        '{"type":"noted","project":"p"}',
      )
      return status
    }
    const statuses: number[] = []
    for (const client of [
      '1.1.1.1',
      '1.1.1.1',
      '1.1.1.1',
      '2.2.2.2',
      '2001:db8::1',
      '2001:db8::2',
      '2001:db8::3',
      '2001:db8:0:1::1',
    ]) {
      statuses.push(await report(client))
    }
    expect(statuses).toEqual([201, 201, 429, 201, 201, 201, 429, 201])
  })

  it('the page says the public address', async () => {
    const muster = await start(PUBLIC)
    const { body } = await ask(muster, 'GET /', [
      'Host: localhost',
      'Accept: text/html',
      `Authorization: Bearer ${TOKEN}`,
    ])
    expect(body).toContain('https://muster.test')
    expect(body).not.toContain('http://localhost')
  })
})

describe('an address that Muster was reached under', () => {
  it('needs no entry, because nobody can point an address at us', async () => {
    const muster = await start({ HOST: '0.0.0.0', MUSTER_TOKEN: TOKEN })
    const port = new URL(muster.address).port
    const health = (host: string) =>
      fetch(`http://127.0.0.1:${port}/health`, { headers: { Host: host } })
    const client = await RawClient.open(`http://127.0.0.2:${port}`)
    client.send(['GET /health HTTP/1.1', `Host: 127.0.0.2:${port}`])
    await client.receives('an answer', () => client.status === 200)
    client.close()
    expect((await health('127.0.0.1')).status).toBe(200)
  })
})
