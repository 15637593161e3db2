import { describe, expect, it } from 'vitest'
import { attackedMuster } from '../support/attack'

const victim = attackedMuster()
const SECRETS = /root:x:|"dependencies"|DATABASE_URL|import \{|\[package\]/

describe('a path that leads out of the static files', () => {
  const UPS = [
    '..',
    '%2e%2e',
    '.%2e',
    '%252e%252e',
    '..%00',
    '%c0%ae%c0%ae',
    '%uff0e%uff0e',
    '....',
    '..;',
  ]
  const SLASHES = ['/', '%2f', '%252f', '\\', '%5c', '%255c', '//', '/./', '%c0%af']
  const FILES = ['package.json', 'etc/passwd', 'src/server.ts', 'config.yaml']

  it.each(UPS)('by way of %s finds nothing', async (up) => {
    for (const slash of SLASHES) {
      for (const file of FILES) {
        for (const depth of [1, 2, 6]) {
          const path = `/assets/${`${up}${slash}`.repeat(depth)}${file}`
          const text = await victim.it.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
          expect(text, path).toMatch(/^HTTP\/1\.1 40[0134]/)
          expect(text, path).not.toMatch(SECRETS)
        }
      }
    }
  })

  it.each([
    '/assets/',
    '/assets',
    '/assets//etc/passwd',
    '/assets/%00',
    '/assets/muster.js%00.css',
    '/assets/muster.js/',
    '/assets/muster.js/..',
    '/assets/./../assets/../package.json',
    '/assets/C:%5cwindows%5cwin.ini',
    '/assets/file:%2f%2f%2fetc%2fpasswd',
    '/assets/__proto__',
    '/assets/constructor',
    '/assets/muster.js?..%2f..%2fpackage.json&x',
    '/assets/%E0%80%AE',
    '/assets/%',
    '/assets/%zz',
    '//assets/../package.json',
    '//[',
    '//evil.test/',
    '/\\evil.test/',
    '/.git/config',
    '/.env',
    '/config.yaml',
    '/dist/server.js',
    '/%2e%2e/package.json',
    '/events/../../package.json',
    '/agents/1%2f..%2f..',
    '/agents/1e3',
    '/agents/-1',
    '/agents/9007199254740993',
    '/agents/%31%00',
    '/projects/..%2f..%2fetc',
    `/projects/${'x'.repeat(5_000)}`,
    '/projects/%F0%9F%92%A9',
    '/live?topic=..%2f..%2fetc%2fpasswd',
    '/live?topic=agent%3A1%00',
    `/live?${'topic=board&'.repeat(500)}`,
    '/api/events?last_event_id=%00',
    '/api/events/history?limit=-1',
    '/api/events/history?limit=1e9',
    '/api/events/history?after=9223372036854775808',
    "/api/events/history?types=x'%20OR%201=1--",
    '/?state=%00',
    '/?%00=%00',
    '/?q=%F0%28%8C%BC',
  ])('or anywhere else, like %j, gets no file and no fault', async (path) => {
    for (const accept of ['text/html', 'application/json']) {
      const text = await victim.it.send(
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: ${accept}\r\n\r\n`,
      )
      expect(text, path).toMatch(/^HTTP\/1\.1 [234]/)
      expect(text, path).not.toMatch(SECRETS)
      expect(text, path).not.toMatch(/^location: (?!\/(?![/\\]))/im)
    }
  })
})
