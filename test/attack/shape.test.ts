import { describe, expect, it } from 'vitest'
import { attackedMuster } from '../support/attack'

const victim = attackedMuster()
const DEEP = 10_000

async function post(path: string, body: string): Promise<number> {
  return victim.it.ask(
    [
      `POST ${path} HTTP/1.1`,
      'Host: localhost',
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
    ],
    body,
  )
}

const hook = (fields: string) =>
  `{"session_id":"s","hook_event_name":"PreToolUse","cwd":"/srv/p","tool_name":"Bash",${fields}}`
const report = (fields: string) => `{"type":"noted","project":"p","agent":"a",${fields}}`

const nested = (open: string, close: string, levels: number) =>
  `${open.repeat(levels)}1${close.repeat(levels)}`

describe('nesting of 10,000 levels', () => {
  it.each([
    ['lists', nested('[', ']', DEEP)],
    ['objects', nested('{"a":', '}', DEEP)],
    ['both', nested('[{"a":', '}]', DEEP / 2)],
  ])('of %s is cut and stored, or refused', async (_, deep) => {
    for (const [path, body] of [
      ['/api/events', report(`"data":{"deep":${deep}}`)],
      ['/api/events', report(`"deep":${deep}`)],
      ['/api/events', deep],
      ['/hooks/claude-code', hook(`"tool_input":{"command":${deep}}`)],
      ['/hooks/claude-code', deep],
      ['/hooks/codex', hook(`"tool_input":${deep}`)],
    ] as const) {
      expect([200, 201, 400], path).toContain(await post(path, body))
    }
  })

  it('that breaks off is refused', async () => {
    for (const open of ['[', '{"a":', '[{"a":']) {
      expect(await post('/api/events', open.repeat(DEEP))).toBe(400)
      expect(await post('/hooks/claude-code', open.repeat(DEEP))).toBe(400)
    }
    expect(await victim.it.stored()).toBe(0)
  })
})

describe('names of what JavaScript’s objects are made of', () => {
  const EVIL = '{"polluted":true,"toString":1,"constructor":{"prototype":{"polluted":true}}}'
  it.each([
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'then',
    'toJSON',
    'length',
  ])('%s is a name like any other', async (name) => {
    for (const [path, body] of [
      ['/api/events', report(`"${name}":${EVIL},"data":{"${name}":${EVIL}}`)],
      ['/api/events', `[${report(`"data":{"deep":{"${name}":${EVIL}}}`)}]`],
      ['/hooks/claude-code', hook(`"${name}":${EVIL},"tool_input":{"${name}":${EVIL}}`)],
      ['/hooks/codex', hook(`"${name}":${EVIL},"tool_input":{"${name}":${EVIL}}`)],
    ] as const) {
      expect([200, 201], path).toContain(await post(path, body))
    }
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
    expect(String({})).toBe('[object Object]')
    const { rows } = await victim.it.muster.sql(
      `SELECT data::text FROM events WHERE type = 'noted' ORDER BY id DESC LIMIT 2`,
    )
    for (const row of rows) expect(row.data).toContain(`"${name}"`)
  })

  it('are refused where a whole report is to be, and as queries', async () => {
    for (const name of ['__proto__', 'constructor']) {
      expect(await post('/api/events', `{"${name}":{"type":"noted","project":"p"}}`)).toBe(400)
      for (const path of [`/api/events/history?${name}=1`, `/?${name}=1`, `/live?topic=${name}`]) {
        const status = await victim.it.ask([
          `GET ${path} HTTP/1.1`,
          'Host: localhost',
          'Accept: text/html',
        ])
        expect([200, 400, 404], path).toContain(status)
      }
    }
    expect(await victim.it.stored()).toBe(0)
  })
})

describe('what would take more than its share', () => {
  it.each([
    [
      '100,000 fields',
      () => report(`"data":{${Array.from({ length: 50_000 }, (_, i) => `"k${i}":${i}`).join()}}`),
    ],
    ['a name of 500,000 letters', () => report(`"data":{"${'x'.repeat(500_000)}":1}`)],
    ['a text of 900,000 letters', () => report(`"message":"${'x'.repeat(900_000)}"`)],
    [
      'numbers beyond all numbers',
      () => report(`"data":{"a":1e999,"b":-1e999,"c":${'9'.repeat(500)}}`),
    ],
    ['escapes only', () => report(`"message":"${'\\u0000\\ud800'.repeat(20_000)}"`)],
    [
      'a regular expression’s bad day',
      () => report(`"message":"${'a'.repeat(50_000)}${'!'.repeat(50_000)}"`),
    ],
    ['what looks like secrets', () => report(`"message":"${'password=password='.repeat(20_000)}"`)],
    ['a million spaces', () => `${' '.repeat(900_000)}${report('"message":"x"')}`],
  ])('%s is taken or refused in good time', async (_, body) => {
    const begun = Date.now()
    expect([201, 400]).toContain(await post('/api/events', body()))
    expect(Date.now() - begun).toBeLessThan(5_000)
  })

  it('a report with a bad one among good ones stores none of them', async () => {
    const good = '{"type":"noted","project":"half"}'
    for (const bad of [
      'null',
      '1',
      '{}',
      '{"type":"No","project":"p"}',
      '{"type":"reset","project":"p"}',
    ]) {
      expect(await post('/api/events', `[${good},${good},${bad},${good}]`)).toBe(400)
    }
    expect(await victim.it.stored()).toBe(0)
  })
})
