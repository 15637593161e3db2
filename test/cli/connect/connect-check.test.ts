import { mkdir } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTestHome, type TestHome } from '../../support/home'
import { startTestMuster, type TestMuster } from '../../support/muster'

let muster: TestMuster
let home: TestHome

beforeAll(async () => {
  muster = await startTestMuster()
})
afterAll(() => muster.stop())
beforeEach(async () => {
  home = await createTestHome()
  await mkdir(home.path('.claude'))
  await mkdir(home.path('.codex'))
})
afterEach(() => home.remove())

const connect = (...args: string[]) =>
  home.run(['connect', '--yes', '--url', muster.address, ...args])
const check = (...args: string[]) => home.run(['connect', '--check', ...args])

test('every hook and notify arrive, and nobody is on the board for it', async () => {
  await connect()
  expect(await check()).toBe(0)
  expect(home.complained).toEqual([])
  const text = home.printed.join('\n')
  expect(text).toMatch(/SessionStart +command +arrived/)
  expect(text).toMatch(/PreToolUse +http +arrived/)
  expect(text).toMatch(/notify +program +arrived/)
  expect(text).toContain('28 of 28 arrived')
  expect(text).toContain('14 of 14 arrived')
  const { rows } = await muster.sql('SELECT count(*)::int AS n FROM agents')
  expect(rows).toEqual([{ n: 0 }])
})

test('a hook that leads elsewhere is the only one that does not arrive', async () => {
  await connect('claude-code')
  const text = await home.read('.claude/settings.json')
  const stop = `"Stop": [{"hooks": [{"type": "http", "url": "`
  const elsewhere = text.replace(`${stop}${muster.address}`, `${stop}http://127.0.0.1:9`)
  expect(elsewhere).not.toBe(text)
  await home.write('.claude/settings.json', elsewhere)
  expect(await check('claude-code')).toBe(1)
  const lost = home.printed.filter((line) => line.includes('did not arrive'))
  expect(lost).toHaveLength(1)
  expect(lost[0]).toMatch(/Stop +http +did not arrive: nobody answers at http:\/\/127\.0\.0\.1:9/)
})

test('without a Muster nothing arrives', async () => {
  await home.run(['connect', '--yes', '--url', 'http://127.0.0.1:9'])
  expect(await check()).toBe(1)
  const text = home.printed.join('\n')
  expect(text).toContain('nobody answers at http://127.0.0.1:9: is Muster running?')
  expect(text).toContain('0 of 28 arrived')
  expect(text).toContain('0 of 14 arrived')
})

test('where Muster wants a token every hook shows it, and a wrong one is said to be wrong', async () => {
  const MUSTER_TOKEN = 'a-token-of-thirty-two-characters'
  const guarded = await startTestMuster({ MUSTER_TOKEN })
  try {
    const withToken = { env: { PATH: process.env.PATH, MUSTER_TOKEN } }
    await home.run(['connect', '--yes', '--url', guarded.address], withToken)
    expect(await home.run(['connect', '--check'], withToken)).toBe(0)
    expect(home.printed.join('\n')).toMatch(/notify +program +arrived/)
    const wrong = { env: { ...withToken.env, MUSTER_TOKEN: 'another' } }
    expect(await home.run(['connect', '--check', 'claude-code'], wrong)).toBe(1)
    expect(home.printed.join('\n')).toContain('wants a token: is MUSTER_TOKEN right here?')
  } finally {
    await guarded.stop()
  }
})

test('an agent that is not connected is told of', async () => {
  expect(await check('codex')).toBe(1)
  expect(home.complained[0]).toContain('Codex is not connected')
  await home.write('.claude/settings.json', '{')
  expect(await check('claude-code')).toBe(1)
  expect(home.complained[0]).toContain('It breaks off at line 1, column 2')
})

test.each([
  ['.claude/settings.json', { disableAllHooks: true }, 'disableAllHooks'],
  ['.claude/settings.local.json', { disableAllHooks: true }, 'disableAllHooks'],
  ['managed/managed-settings.json', { allowManagedHooksOnly: true }, 'allowManagedHooksOnly'],
  [
    'managed/managed-settings.json',
    { allowedHttpHookUrls: ['https://hooks.example/*'] },
    'allowedHttpHookUrls',
  ],
])('%s with %j switches hooks off, which is said', async (file, settings, name) => {
  await home.write(file, JSON.stringify(settings))
  await connect('claude-code')
  expect(await check('claude-code')).toBe(1)
  expect(home.complained).toHaveLength(1)
  expect(home.complained[0]).toContain(`Claude Code does not run them: ${name} in `)
  expect(home.printed.join('\n')).toContain('28 of 28 arrived')
})

test('addresses that are allowed by a pattern, and switches of others, are fine', async () => {
  await home.write('managed/managed-settings.json', '{"allowedHttpHookUrls": ["http://127.*"]}')
  await home.write('.claude/settings.json', '{"allowManagedHooksOnly": true}')
  await connect('claude-code')
  expect(await check('claude-code')).toBe(0)
})

test('Codex with its hooks switched off is told of', async () => {
  await home.write('.codex/config.toml', '[features]\ncodex_hooks = false\n')
  await connect('codex')
  expect(await check('codex')).toBe(1)
  expect(home.complained[0]).toContain('hooks = false in')
})
