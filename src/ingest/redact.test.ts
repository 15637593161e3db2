import { describe, expect, test } from 'vitest'
import { parsePath } from '../config/redaction-rules'
import { createRedaction } from './redact'

const byDefault = createRedaction({ defaults: true, patterns: [], paths: [] })
const letters = (length: number) => 'aB3dE5gH7jK9mN1pQ2sT4vW6yZ8'.repeat(10).slice(0, length)

// Put together here, so that no scanner takes this file for a leak.
const SECRETS: [string, string][] = [
  ['AWS key', `AKIA${'Q7XW3RT5ZL2K8M4N'}`],
  ['GitHub token', `ghp_${letters(36)}`],
  ['GitHub token', `github_pat_${letters(40)}`],
  ['GitLab token', `glpat-${letters(20)}`],
  ['Anthropic key', `sk-ant-api03-${letters(40)}`],
  ['OpenAI key', `sk-proj-${letters(48)}`],
  ['Slack token', `xoxb-${'1234567890'}-${letters(24)}`],
  ['Google key', `AIza${letters(35)}`],
  ['Stripe key', `sk_live_${letters(24)}`],
  ['npm token', `npm_${letters(36)}`],
  ['Hugging Face token', `hf_${letters(34)}`],
  ['SendGrid key', `SG.${letters(22)}.${letters(43)}`],
  ['JSON web token', `eyJ${letters(20)}.eyJ${letters(40)}.${letters(43)}`],
  [
    'private key',
    `-----BEGIN OPENSSH PRIVATE KEY-----\n${letters(70)}\n${letters(70)}\n-----END OPENSSH PRIVATE KEY-----`,
  ],
  ['private key', `-----BEGIN RSA PRIVATE KEY-----\n${letters(70)}\n${letters(30)}`],
]

describe.each(SECRETS)('a %s', (name, secret) => {
  test.each([
    ['a command', `curl -H "X-Key: ${secret}" https://example.org`],
    ['a file', `first line\nKEY_A=${secret}\nlast line`],
    ['the start', `${secret} and more`],
    ['the end', `more and ${secret}`],
  ])('is taken out of %s', (_, text) => {
    const redacted = String(byDefault(text))
    expect(redacted).not.toContain(secret)
    expect(redacted).toContain('[redacted: ')
    expect(name).toBeTruthy()
  })
})

test.each([
  ['export PGPASSWORD=correct-horse', 'correct-horse'],
  ['mysql --password hunter2222 -u root', 'hunter2222'],
  ['postgres://app:s3cr3tpw@db.example.org/app', 's3cr3tpw'],
  ['Authorization: Bearer abcdef123456', 'abcdef123456'],
  ['"api_key": "abcd-efgh-ijkl"', 'abcd-efgh-ijkl'],
  ['client_secret=abcdefghijkl&next=1', 'abcdefghijkl'],
])('the secret of “%s” is taken out, and the rest stays', (text, secret) => {
  const redacted = String(byDefault({ command: text }) && byDefault(text))
  expect(redacted).not.toContain(secret)
  expect(redacted.length).toBeGreaterThan('[redacted: password]'.length)
})

test.each([
  'the password is asked for at the door',
  'git commit -m "Add tokens to the parser"',
  'max_tokens=4096',
  'echo $PASSWORD',
  'export API_KEY=$(cat key)',
  'https://example.org:8080/path?user=me@example.org',
  'sk-learn is a library',
  'sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  'toolu_01QkTideA7vB2mN4xKKKKKKKKKKKK',
])('“%s” stays as it is', (text) => {
  expect(byDefault(text)).toBe(text)
})

test('fields that are secrets by their name lose their text, and nothing else', () => {
  const payload = {
    env: { DB_PASSWORD: 'x', api_key: 'y', token_count: 7, secret: '', path: '/bin' },
  }
  expect(byDefault(payload)).toEqual({
    env: {
      DB_PASSWORD: '[redacted: DB_PASSWORD]',
      api_key: '[redacted: api_key]',
      token_count: 7,
      secret: '',
      path: '/bin',
    },
  })
})

test('rules of one’s own take out what they match, in keys too', () => {
  const redact = createRedaction({ defaults: false, patterns: ['ACME-\\d{6}'], paths: [] })
  expect(redact({ 'ACME-123456': ['see ACME-654321', 1] })).toEqual({
    '[redacted: by rule]': ['see [redacted: by rule]', 1],
  })
})

test('of a rule with a group “secret” the group alone is taken out', () => {
  const patterns = ['key (?<secret>\\w+)(?: (?<other>\\w))?']
  const redact = createRedaction({ defaults: false, patterns, paths: [] })
  expect(redact('key key, key b c')).toBe('key [redacted: by rule], key [redacted: by rule] c')
})

test('rules are plain data, which another thread can be handed', () => {
  const rules = { defaults: true, patterns: ['ACME-\\d{6}'], paths: [['a', '*']] }
  expect(createRedaction(structuredClone(rules))('ACME-123456')).toBe('[redacted: by rule]')
})

test('a path takes out the whole value, also below stars and in lists', () => {
  const paths = [
    ['tool_input', 'env', '*'],
    ['list', '*', 'private'],
  ]
  const redact = createRedaction({ defaults: false, patterns: [], paths })
  const payload = {
    tool_input: { env: { A: { deep: 1 } }, command: 'ls' },
    list: [{ private: 1, open: 2 }],
  }
  expect(redact(payload)).toEqual({
    tool_input: { env: { A: '[redacted: by rule]' }, command: 'ls' },
    list: [{ private: '[redacted: by rule]', open: 2 }],
  })
})

test('paths are read with or without a dollar, and nonsense is refused', () => {
  expect(parsePath('$.a.b-c.*')).toEqual(['a', 'b-c', '*'])
  expect(parsePath('a')).toEqual(['a'])
  expect(parsePath('a..b')).toBeNull()
  expect(parsePath('$.a[0]')).toBeNull()
  expect(parsePath('')).toBeNull()
})

test('a long text is looked through to its end, however much is taken out of it', () => {
  const token = `ghp_${letters(36)}`
  const text = `${`${token} `.repeat(2_000)}${'x '.repeat(100_000)}${token}`
  expect(String(byDefault(text))).not.toContain(token)
})

test.each([
  ['one token', `ghp_${'a1'.repeat(8_000_000)}`, '[redacted: GitHub token]'],
  ['one run of a token’s characters', 'x'.repeat(16_000_000), 'x'.repeat(16_000_000)],
])('%s that is as long as a body may be is looked through', (_, text, expected) => {
  // Not compared by `toBe`: what differs would be printed.
  expect(byDefault(text) === expected).toBe(true)
})

test('more secrets than a call may have arguments are taken out of one text', () => {
  const text = `password=${letters(8)} `.repeat(200_000)
  expect(byDefault(text)).not.toContain(letters(8))
})

test('what is nested deeper than what is looked at is left out', () => {
  const token = `ghp_${letters(36)}`
  for (const levels of [60, 70, 79, 80, 81, 100, 5_000]) {
    const payload = JSON.parse(`${'{"a":['.repeat(levels / 2)}"${token}"${']}'.repeat(levels / 2)}`)
    expect(JSON.stringify(byDefault(payload))).not.toContain(token)
    expect(JSON.stringify(byDefault({ password: payload }))).not.toContain(token)
  }
})

test('a quoted value ends where its quote does, not at one that is escaped', () => {
  expect(byDefault("passphrase: 'my dog \\' barks' ok")).toBe(
    "passphrase: '[redacted: password]' ok",
  )
})

test('a name that holds a secret does not come back in the mark', () => {
  const token = `ghp_${letters(36)}`
  expect(JSON.stringify(byDefault({ [`${token}_password`]: 'x' }))).not.toContain(token)
})

test('rules of one’s own see all of a long text, whatever stands at the borders of its parts', () => {
  const redact = createRedaction({ defaults: false, patterns: ['ACME-\\d{6}', '^a'], paths: [] })
  for (let shift = 4080; shift < 4100; shift++) {
    const text = `a${'-'.repeat(shift)}ACME-123456${'a-'.repeat(5_000)}ACME-654321`
    const kept = String(redact(text))
    expect(kept).not.toMatch(/ACME-\d/)
    expect(kept.split('[redacted: by rule]')).toHaveLength(4)
  }
})

test('rules of one’s own that match without end take bounded time', () => {
  const redact = createRedaction({ defaults: false, patterns: ['x*y|x'], paths: [] })
  const kept = String(redact(`${'x'.repeat(200_000)} end`))
  expect(kept).not.toContain('x')
})
