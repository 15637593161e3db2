import { describe, expect, it } from 'vitest'
import { attackedMuster, countAnswers, statusOf } from '../support/attack'

const victim = attackedMuster({ MUSTER_REQUEST_SECONDS: '3' })
const REPORT = '{"type":"noted","project":"smuggled"}'
const POST = 'POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
const HIDDEN = `${POST}Content-Length: ${REPORT.length}\r\n\r\n${REPORT}`

/** Nothing of it may be stored, and nothing in it may be answered as a request of its own. */
async function expectRefused(bytes: string | Buffer): Promise<void> {
  const text = await victim.it.send(bytes, 2)
  expect(text).not.toMatch(/^HTTP\/1\.1 2/m)
  expect(text.length === 0 || statusOf(text) >= 400).toBe(true)
  expect(await victim.it.stored()).toBe(0)
}

describe('a length that lies', () => {
  it.each([
    ['negative', 'Content-Length: -1'],
    ['no number', 'Content-Length: ten'],
    ['signed', 'Content-Length: +37'],
    ['in hex', 'Content-Length: 0x25'],
    ['broken', 'Content-Length: 37.5'],
    ['a list', 'Content-Length: 37, 37'],
    ['beyond all numbers', `Content-Length: ${'9'.repeat(40)}`],
    ['with a space before its colon', 'Content-Length : 37'],
    ['given twice', 'Content-Length: 37\r\nContent-Length: 37'],
    ['given twice, differently', 'Content-Length: 37\r\nContent-Length: 0'],
    ['beside an encoding', 'Content-Length: 37\r\nTransfer-Encoding: chunked'],
    ['beside an encoding, the other way round', 'Transfer-Encoding: chunked\r\nContent-Length: 37'],
    ['beside an encoding nobody knows', 'Content-Length: 37\r\nTransfer-Encoding: xchunked'],
    ['after a bare LF', 'X-A: b\nContent-Length: 37'],
    ['after a bare CR', 'X-A: b\rContent-Length: 37'],
    ['folded', 'X-A: b\r\n Content-Length: 37'],
  ])('because it is %s is refused', async (_, header) => {
    await expectRefused(`${POST}${header}\r\n\r\n${REPORT}${HIDDEN}`)
  })

  it('because it is too short makes no second request of the rest', async () => {
    const text = await victim.it.send(`${POST}Content-Length: 10\r\n\r\n${REPORT}`, 2)
    expect(text).not.toMatch(/^HTTP\/1\.1 201/m)
    expect(await victim.it.stored()).toBe(0)
  })

  it('because it is too long is waited for, and not for ever', async () => {
    const text = await victim.it.send(`${POST}Content-Length: 999\r\n\r\n${REPORT}`)
    expect(statusOf(text)).toBe(408)
    expect(await victim.it.stored()).toBe(0)
  })

  it('because it is zero stores nothing of what follows', async () => {
    const text = await victim.it.send(`${POST}Content-Length: 0\r\n\r\n${REPORT}`, 2)
    expect(text).not.toMatch(/^HTTP\/1\.1 201/m)
    expect(await victim.it.stored()).toBe(0)
  })
})

describe('an encoding that lies', () => {
  it.each([
    ['chunked twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', '0\r\n\r\n'],
    ['chunked and something else', 'Transfer-Encoding: chunked, identity', '0\r\n\r\n'],
    ['gzip', 'Transfer-Encoding: gzip', ''],
    ['with a vertical tab', 'Transfer-Encoding: \x0bchunked', '0\r\n\r\n'],
    ['with a space before its colon', 'Transfer-Encoding : chunked', '0\r\n\r\n'],
    ['sizes that are none', 'Transfer-Encoding: chunked', 'zz\r\nx\r\n0\r\n\r\n'],
    ['negative sizes', 'Transfer-Encoding: chunked', '-1\r\nx\r\n0\r\n\r\n'],
    [
      'sizes beyond all numbers',
      'Transfer-Encoding: chunked',
      `${'f'.repeat(30)}\r\nx\r\n0\r\n\r\n`,
    ],
    ['chunks longer than they say', 'Transfer-Encoding: chunked', `5\r\n${REPORT}\r\n0\r\n\r\n`],
    [
      'extensions without end',
      'Transfer-Encoding: chunked',
      `1;${'x'.repeat(40_000)}\r\nx\r\n0\r\n\r\n`,
    ],
    ['bare LF between chunks', 'Transfer-Encoding: chunked', `25\n${REPORT}\n0\n\n`],
    [
      'trailers without end',
      'Transfer-Encoding: chunked',
      `25\r\n${REPORT}\r\n0\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
    ],
  ])('%s is refused', async (_, headers, body) => {
    await expectRefused(`${POST}${headers}\r\n\r\n${body}${HIDDEN}`)
  })

  it('of compressed content is refused, so that no small body grows', async () => {
    for (const encoding of ['gzip', 'deflate', 'br', 'identity, gzip']) {
      const head = `${POST}Content-Encoding: ${encoding}\r\nContent-Length: ${REPORT.length}\r\n\r\n`
      expect(statusOf(await victim.it.send(`${head}${REPORT}`))).toBe(415)
    }
    expect(await victim.it.stored()).toBe(0)
  })
})

describe('what is no HTTP', () => {
  it.each([
    ['HTTP/0.9', 'GET /\r\n\r\n'],
    ['HTTP/3.0', 'GET / HTTP/3.0\r\nHost: localhost\r\n\r\n'],
    ['a preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['TLS', Buffer.from('16030100c8010000c40303', 'hex')],
    ['nothing but line ends', '\r\n'.repeat(50_000)],
    ['noise', Buffer.from(Array.from({ length: 4_096 }, (_, i) => (i * 197) % 256))],
    ['a method nobody knows', 'HACK / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['a method of spaces', '   / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['a method without end', 'A'.repeat(100_000)],
    ['a tunnel', 'CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test:443\r\n\r\n'],
    ['an echo', 'TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['a method of version control', 'PROPFIND / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['NUL in a header', 'GET / HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n'],
    ['a header without a name', 'GET / HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n'],
    ['a header without a colon', 'GET / HTTP/1.1\r\nHost: localhost\r\nnonsense\r\n\r\n'],
    [
      'a header that is too long',
      `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`,
    ],
    [
      'an address that is too long',
      `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    ],
    [
      'headers without number',
      `GET / HTTP/1.1\r\nHost: localhost\r\n${'X: y\r\n'.repeat(20_000)}\r\n`,
    ],
    ['an expectation', 'GET / HTTP/1.1\r\nHost: localhost\r\nExpect: miracles\r\n\r\n'],
  ])('%s is refused', async (_, bytes) => {
    const text = await victim.it.send(bytes)
    expect(text === '' || statusOf(text) >= 400, text.slice(0, 200)).toBe(true)
    expect(await victim.it.stored()).toBe(0)
  })

  it('no wish for another protocol is granted', async () => {
    for (const protocol of ['websocket', 'h2c']) {
      const head = ['GET /live?topic=board HTTP/1.1', 'Host: localhost', 'Connection: Upgrade']
      const status = await victim.it.ask([...head, `Upgrade: ${protocol}`, 'Accept: text/html'])
      expect(status).not.toBe(101)
    }
  })
})

describe('requests one after the other on one socket', () => {
  const GET = 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n'

  it('are answered in their order', async () => {
    const wrong = 'GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n'
    const text = await victim.it.send(GET + wrong + HIDDEN + GET, 4)
    const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d+)|\}HTTP\/1\.1 (\d+)/gm)]
    expect(statuses.map(([, first, later]) => Number(first ?? later))).toEqual([200, 404, 201, 200])
  })

  it('get their answers before the nonsense that follows gets its own', async () => {
    const text = await victim.it.send(`${GET}${GET}nonsense\r\n\r\n`, 3)
    expect(countAnswers(text)).toBe(3)
    expect(text).toContain('HTTP/1.1 400')
  })

  it('by the thousand are answered or cut, and nobody else waits', async () => {
    const text = await victim.it.send(GET.repeat(2_000), 2_000)
    expect(countAnswers(text)).toBe(2_000)
  })

  it('cannot be slipped into a stream', async () => {
    const text = await victim.it.send(
      `GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\nnonsense\r\n\r\n`,
      2,
    )
    expect(text).not.toContain('HTTP/1.1 400')
  })
})
