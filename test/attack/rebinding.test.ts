import { describe, expect, it } from 'vitest'
import { attackedMuster, statusOf } from '../support/attack'

const victim = attackedMuster()
const REPORT = '{"type":"noted","project":"rebound"}'
const DOORS = [
  'GET /',
  'GET /api/events',
  'GET /live?topic=board',
  'GET /health',
  'POST /api/events',
  'POST /hooks/claude-code',
]

describe('a name that was pointed at this machine', () => {
  it.each([
    'evil.test',
    'evil.test:4690',
    'localhost.evil.test',
    '127.0.0.1.evil.test',
    'localhost@evil.test',
    'evil.test#localhost',
    'evil.test/localhost',
    'localhost, evil.test',
    'localhost\tevil.test',
    '[::1].evil.test',
    '[::ffff:7f00:1]',
    '0',
    '0x7f000001',
    '2130706433',
    '127.1',
    'localhost:99999999',
    'localhost.',
    'xn--lcalhost-zva',
    '',
  ])('%j opens no door', async (host) => {
    for (const door of DOORS) {
      const body = door.startsWith('POST') ? REPORT : ''
      const status = await victim.it.ask(
        [
          `${door} HTTP/1.1`,
          `Host: ${host}`,
          `Origin: http://${host}`,
          'Sec-Fetch-Site: same-origin',
          'Content-Type: application/json',
          `Content-Length: ${body.length}`,
        ],
        body,
      )
      expect([400, 403], door).toContain(status)
    }
    expect(await victim.it.stored()).toBe(0)
  })

  it.each([
    'http://evil.test/',
    'http://evil.test/api/events',
    'https://evil.test/live?topic=board',
    'HTTP://EVIL.TEST/',
    'http://localhost@evil.test/',
    'http:evil.test',
    'evil.test:443',
    '*',
    'ftp://localhost/',
  ])('written as the whole address %j opens no door, whatever Host says', async (target) => {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const lines = [
        `${method} ${target} HTTP/1.1`,
        'Host: localhost',
        'Content-Type: application/json',
      ]
      expect([400, 403, 404]).toContain(
        await victim.it.ask([...lines, `Content-Length: ${REPORT.length}`], REPORT),
      )
    }
    expect(await victim.it.stored()).toBe(0)
  })

  it('is not let in beside a good one', async () => {
    for (const hosts of [
      ['Host: localhost', 'Host: evil.test'],
      ['Host: evil.test', 'Host: localhost'],
      ['Host: localhost', 'host: localhost'],
      ['Host : evil.test', 'Host: localhost'],
      ['Host: localhost', ' evil.test'],
    ]) {
      expect([400, 403], hosts.join()).toContain(await victim.it.ask(['GET / HTTP/1.1', ...hosts]))
    }
  })

  it('is not asked for by the oldest browsers: without a host there is no answer', async () => {
    expect([400, 403]).toContain(await victim.it.ask(['GET / HTTP/1.1']))
    expect([400, 403]).toContain(await victim.it.ask(['GET / HTTP/1.0']))
    expect([0, 400]).toContain(statusOf(await victim.it.send('GET /\r\n\r\n')))
  })
})
