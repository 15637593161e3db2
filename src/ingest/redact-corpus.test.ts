import { describe, expect, test } from 'vitest'
import { FIELDS, KEYS, TEXTS, TOKENS } from '../../test/support/secret-corpus'
import { clean } from './clean'
import { createRedaction } from './redact'

const redact = createRedaction({ defaults: true, patterns: [], paths: [] })
/** As it is stored; the whole is looked at with the quotes of texts in texts as they are written. */
const kept = (payload: unknown) => JSON.stringify(clean(redact(payload)))

describe.each(TOKENS)('a %s', (name, token, twin) => {
  test.each([
    ['a command', `curl -H "X-Key: ${token}" https://example.org`],
    ['a file', `first line\nKEY_A=${token}\nlast line`],
    ['a word', `prefix_${token}`],
    ['its start and its end', token],
    ['JSON in JSON', JSON.stringify(JSON.stringify({ a: ['\n', `\n${token}`] }))],
    ['base64', Buffer.from(`the token is ${token}`).toString('base64')],
  ])('is taken out of %s', (_, text) => {
    expect(kept(text)).toContain(`[redacted: ${name}`)
    expect(kept(text)).not.toContain(token)
    expect(kept({ [text]: [{ text }] })).not.toContain(token)
  })

  test('has a twin that stays', () => {
    expect(redact(twin)).toBe(twin)
  })
})

describe.each([...KEYS, ...FIELDS, ...TEXTS])('$shape', ({ payload, secrets, twin }) => {
  test('is taken out', () => {
    for (const secret of secrets) expect(kept(payload)).not.toContain(secret)
    expect(kept(payload)).toContain('[redacted: ')
  })

  test('is taken out of a text that holds it as JSON', () => {
    for (const text of [JSON.stringify(payload), JSON.stringify(payload, null, 2)]) {
      for (const secret of secrets) expect(kept(`The answer:\n${text}`)).not.toContain(secret)
    }
  })

  test('has a twin that stays', () => {
    expect(redact(twin)).toEqual(twin)
    expect(redact(JSON.stringify(twin))).toBe(JSON.stringify(twin))
  })

  test('once taken out leaves nothing to take out', () => {
    expect(redact(redact(payload))).toEqual(redact(payload))
  })
})
