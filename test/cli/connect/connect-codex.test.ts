import { mkdir } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findNotify } from '../../../src/cli/connect/notify-config'
import { createTestHome, type TestHome } from '../../support/home'

const HOOKS = '.codex/hooks.json'
const CONFIG = '.codex/config.toml'
const CONFIG_TEXT = `model = "gpt-5.6-codex"

[tui]
notifications = true # not ours

[projects."/srv/code"]
trust_level = "trusted"`
const HOOKS_TEXT = `{"hooks": {"PreToolUse": [{"matcher": "^Bash$", "hooks": [
  {"type": "command", "command": "check", "timeout": 30, "statusMessage": "Checking"}
]}]}}
`

let home: TestHome

beforeEach(async () => {
  home = await createTestHome()
  await mkdir(home.path('.codex'))
})
afterEach(() => home.remove())

const connect = (...args: string[]) => home.run(['connect', 'codex', '--yes', ...args])

test.each([
  ['what others set up', HOOKS_TEXT, CONFIG_TEXT],
  ['Windows line ends', HOOKS_TEXT.replaceAll('\n', '\r\n'), CONFIG_TEXT.replaceAll('\n', '\r\n')],
  ['a mark of byte order', `\uFEFF${HOOKS_TEXT}`, `\uFEFF${CONFIG_TEXT}\n`],
  ['empty files', '{}', ''],
])('install twice and remove leaves %s as it was, to the byte', async (_, hooks, config) => {
  await home.write(HOOKS, hooks)
  await home.write(CONFIG, config)
  expect(await connect()).toBe(0)
  const once = [await home.read(HOOKS), await home.read(CONFIG)]
  expect(await connect()).toBe(0)
  expect([await home.read(HOOKS), await home.read(CONFIG)]).toEqual(once)
  expect(await connect('--remove')).toBe(0)
  expect(await home.read(HOOKS)).toBe(hooks)
  expect(await home.read(CONFIG)).toBe(config)
})

test('files that were not there are not there again', async () => {
  await connect()
  await connect('--url', 'http://localhost:4700')
  expect(await home.list('.codex')).toEqual(['config.toml', 'hooks.json'])
  await connect('--remove')
  expect(await home.list('.codex')).toEqual([])
})

test('every hook is a short command that says nothing and never fails', async () => {
  await home.write(HOOKS, HOOKS_TEXT)
  await connect()
  const { hooks } = JSON.parse(await home.read(HOOKS))
  expect(Object.keys(hooks)).toHaveLength(13)
  // The hooks of others keep their places, by which Codex knows whether they are trusted.
  expect(hooks.PreToolUse[0]).toEqual(JSON.parse(HOOKS_TEXT).hooks.PreToolUse[0])
  for (const groups of Object.values<{ hooks: object[] }[]>(hooks)) {
    const [handler] = groups.at(-1)?.hooks ?? []
    expect(handler).toMatchObject({ type: 'command', timeout: 2 })
    expect(handler).toHaveProperty(
      'command',
      expect.stringMatching(/^curl -s -m 1 .*\/hooks\/codex >\/dev\/null 2>&1 \|\| true$/),
    )
  }
  expect(home.printed.at(-1)).toContain('look through /hooks')
})

test('on Windows the command is one for its shell', async () => {
  await home.run(['connect', 'codex', '--yes'], { platform: 'win32' })
  const { hooks } = JSON.parse(await home.read(HOOKS))
  expect(hooks.Stop[0].hooks[0].command).toBe(
    'curl -s -m 1 -H "Content-Type: application/json" --data-binary @- http://127.0.0.1:4690/hooks/codex >NUL 2>&1 || exit /b 0',
  )
})

describe('notify', () => {
  test('stands before the first table, or it would belong to that', async () => {
    await home.write(CONFIG, CONFIG_TEXT)
    await connect()
    const text = await home.read(CONFIG)
    expect(text.endsWith(CONFIG_TEXT)).toBe(true)
    expect(text.indexOf('notify =')).toBeLessThan(text.indexOf('[tui]'))
  })

  test('of another address is replaced', async () => {
    await home.write(CONFIG, CONFIG_TEXT)
    await connect()
    await connect('--url', 'http://localhost:4700')
    const text = await home.read(CONFIG)
    expect(text.match(/^notify/gm)).toHaveLength(1)
    expect(findNotify(text)).toContain('http://localhost:4700/hooks/codex')
  })

  test.each(['notify = ["say"]\n', '"notify"=[\n  "say",\n]\n', `${CONFIG_TEXT}\nnotify = []`])(
    'that somebody else set stays: %j',
    async (config) => {
      await home.write(CONFIG, config)
      expect(await connect()).toBe(0)
      expect(await home.read(CONFIG)).toBe(config)
      expect(home.printed.join('\n')).toContain(`${home.path(CONFIG)} has a notify already`)
      expect(await home.read(HOOKS)).toContain('/hooks/codex')
    },
  )
})

test('hooks that cannot be read are left alone, with notify', async () => {
  await home.write(HOOKS, '{"hooks": {')
  expect(await connect()).toBe(1)
  expect(home.complained.join()).toContain('It breaks off at line 1, column 12')
  expect(await home.list('.codex')).toEqual(['hooks.json'])
})
