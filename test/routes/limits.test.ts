import { afterEach, describe, expect, it } from 'vitest'
import { SECURITY_HEADERS } from '../../src/http/security-headers'
import { RawClient, StreamClient } from '../support/client'
import { BEARER, sendLogin, TOKEN } from '../support/login'
import { startTestMuster, type TestMuster } from '../support/muster'
import { until } from '../support/wait'

const running: TestMuster[] = []
afterEach(async () => {
  for (const muster of running.splice(0)) await muster.stop()
})

async function start(env: Record<string, string>): Promise<TestMuster> {
  const muster = await startTestMuster(env)
  running.push(muster)
  return muster
}

const REPORT = '{"type":"noted","project":"p"}'
const HEAD = ['POST /api/events HTTP/1.1', 'Host: localhost', 'Content-Type: application/json']
const post = (muster: TestMuster, path = '/api/events', headers: Record<string, string> = {}) =>
  muster.fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: REPORT,
  })

describe('reports', () => {
  it('are counted for both doors together, and refused when they are too many', async () => {
    const muster = await start({ MUSTER_REPORTS_PER_MINUTE: '20' })
    const statuses = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        post(muster, index % 2 === 0 ? '/api/events' : '/hooks/claude-code').then(
          ({ status }) => status,
        ),
      ),
    )
    expect(statuses.filter((status) => status === 429)).toHaveLength(10)
    const refused = await post(muster)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(await refused.json()).toEqual({ error: expect.stringContaining('Too many reports') })
    const { rows } = await muster.sql(`SELECT count(*)::int AS n FROM events WHERE type = 'noted'`)
    expect(rows[0].n).toBe(statuses.filter((status) => status === 201).length)
    expect((await muster.fetch('/')).status).toBe(200)
  })

  it('flow again when the time that was named is over', async () => {
    const muster = await start({ MUSTER_REPORTS_PER_MINUTE: '60' })
    for (let i = 0; i < 60; i++) await post(muster)
    await until('a report is refused', async () => (await post(muster)).status === 429)
    await until('a report is taken', async () => (await post(muster)).status === 201, 3_000)
  })

  it('of who has no token are not counted against those who have', async () => {
    const muster = await start({ MUSTER_TOKEN: TOKEN, MUSTER_REPORTS_PER_MINUTE: '3' })
    for (let i = 0; i < 10; i++) expect((await post(muster)).status).toBe(401)
    expect((await post(muster, '/api/events', BEARER)).status).toBe(201)
  })
})

describe('wrong tokens', () => {
  const env = { MUSTER_TOKEN: TOKEN, MUSTER_WRONG_TOKENS_PER_MINUTE: '4' }
  const guess = (muster: TestMuster, token: string) =>
    post(muster, '/api/events', { Authorization: `Bearer ${token}` })

  it('are slowed down, at every door, and never the right one', async () => {
    const muster = await start(env)
    expect((await guess(muster, 'guess 1')).status).toBe(401)
    expect((await sendLogin(muster, { token: 'guess 2' })).status).toBe(401)
    const health = (token: string) =>
      muster.fetch('/health', { headers: { Authorization: `Bearer ${token}` } })
    expect(Object.keys((await (await health('guess 3')).json()) as object)).toHaveLength(2)
    expect((await guess(muster, 'guess 4')).status).toBe(401)
    const refused = await guess(muster, 'guess 5')
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50)
    const form = await sendLogin(muster, { token: 'guess 6' })
    expect([form.status, form.headers.get('set-cookie')]).toEqual([429, null])
    expect(await form.text()).toContain('Too many wrong tokens')
    expect((await health('guess 7')).status).toBe(429)
    expect((await sendLogin(muster, { token: TOKEN })).status).toBe(303)
    expect((await guess(muster, TOKEN)).status).toBe(201)
    expect(await (await health(TOKEN)).json()).toMatchObject({ database: 'ok' })
    expect((await muster.fetch('/health')).status).toBe(200)
  })

  it('of one forgotten hook do not shut out the agents beside it', async () => {
    const muster = await start(env)
    const statuses: number[] = []
    for (let i = 0; i < 8; i++) statuses.push((await guess(muster, 'an old token')).status)
    expect(statuses).toEqual([401, 401, 401, 401, 429, 429, 429, 429])
    expect((await guess(muster, TOKEN)).status).toBe(201)
  })

  it('are not what a missing one is', async () => {
    const muster = await start(env)
    for (let i = 0; i < 10; i++) expect((await post(muster)).status).toBe(401)
    expect((await guess(muster, TOKEN)).status).toBe(201)
  })
})

describe('sockets', () => {
  it('are limited, and free again when somebody goes', async () => {
    const muster = await start({ MUSTER_MAX_SOCKETS: '5' })
    const clients = await Promise.all(
      Array.from({ length: 5 }, () => StreamClient.open(`${muster.address}/api/events`)),
    )
    const sixth = await RawClient.open(muster.address)
    await sixth.receives('its end', () => sixth.isClosed)
    expect(sixth.text).toBe('')
    clients[0]?.close()
    await until('there is room', () =>
      muster.fetch('/health').then(
        ({ ok }) => ok,
        () => false,
      ),
    )
    for (const client of clients) client.close()
  })

  it('with headers that are too long are answered and closed', async () => {
    const muster = await start({ MUSTER_HEADER_BYTES: '2048' })
    const client = await RawClient.open(muster.address)
    client.send(['GET / HTTP/1.1', 'Host: localhost', `Cookie: ${'x'.repeat(4_000)}`])
    await client.receives('the refusal', () => client.status === 431)
    await client.receives('its end', () => client.isClosed)
    for (const [name, value] of SECURITY_HEADERS) expect(client.head).toContain(`${name}: ${value}`)
  })

  it('that take their time with a request are answered 408 and closed', async () => {
    const muster = await start({ MUSTER_REQUEST_SECONDS: '1.5' })
    const silent = await RawClient.open(muster.address)
    const headers = await RawClient.open(muster.address)
    headers.socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ')
    const body = await RawClient.open(muster.address)
    body.send([...HEAD, 'Content-Length: 1000'], '{"type":')
    const dripping = await RawClient.open(muster.address)
    dripping.send([...HEAD, 'Content-Length: 100000'])
    const drip = setInterval(() => dripping.socket.write(' '), 50)
    for (const client of [silent, headers, body, dripping]) {
      await client.receives('its end', () => client.isClosed)
    }
    clearInterval(drip)
    for (const client of [headers, body, dripping]) {
      expect(client.status).toBe(408)
      expect(client.head).toContain('Content-Security-Policy')
    }
    const { rows } = await muster.sql('SELECT count(*)::int AS n FROM events')
    expect(rows[0].n).toBe(0)
  })

  it.each([
    ['at all', 0],
    ['but a few bytes at a time', 100],
  ])('that do not take their answer %s are cut', async (_, bytesAtOnce) => {
    const muster = await start({ MUSTER_REQUEST_SECONDS: '1', MUSTER_MAX_SOCKETS: '1' })
    await muster.sql(
      `INSERT INTO events (type, data) SELECT 'flood', jsonb_build_object('text', repeat('x', 100000))
       FROM generate_series(1, 100)`,
    )
    const deaf = await RawClient.open(muster.address)
    deaf.socket.pause()
    const lines = ['GET /api/events/history?limit=20 HTTP/1.1', 'Host: localhost']
    // One after the other on the same socket: together more than the system keeps for it.
    for (let i = 0; i < 5; i++) deaf.send(lines)
    const sip = setInterval(() => deaf.socket.read(bytesAtOnce || undefined), 100)
    if (bytesAtOnce === 0) clearInterval(sip)
    await expect(muster.fetch('/health')).rejects.toThrow()
    const isFree = () =>
      muster.fetch('/health').then(
        ({ ok }) => ok,
        () => false,
      )
    await until('the only socket is free', isFree, 15_000)
    clearInterval(sip)
    deaf.close()
  })

  it('of streams are not hurried', async () => {
    const muster = await start({ MUSTER_REQUEST_SECONDS: '0.5' })
    const stream = await StreamClient.open(`${muster.address}/api/events`)
    const idle = await StreamClient.open(`${muster.address}/live?topic=board`)
    const begun = Date.now()
    await until('several times as long has passed', () => Date.now() - begun > 2_500)
    expect([stream.isEnded, idle.isEnded]).toEqual([false, false])
    await muster.report({ type: 'late', project: 'p' })
    await stream.receives('the row', () => stream.text.includes('late'))
    stream.close()
    idle.close()
  })
})
