import { afterEach, beforeEach, expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { COMMANDS } from '../../src/cli/commands'
import { createTestHome, type TestHome } from '../support/home'

let home: TestHome

beforeEach(async () => {
  home = await createTestHome()
})
afterEach(() => home.remove())

test.each([[[]], [['help']], [['--help']], [['-h']]])('%j lists the commands', async (args) => {
  expect(await home.run(args)).toBe(0)
  const text = home.printed.join('\n')
  for (const [name, { summary }] of Object.entries(COMMANDS)) {
    expect(text).toContain(name)
    expect(text).toContain(summary)
  }
})

test.each([
  ['help', 'connect'],
  ['connect', '--help'],
  ['connect', 'codex', '-h'],
])('%s %s explains the command', async (...args) => {
  expect(await home.run(args)).toBe(0)
  expect(home.printed.join('\n')).toContain('muster connect [claude-code|codex]')
})

test('the version is that of the package', async () => {
  expect(await home.run(['version'])).toBe(0)
  expect(home.printed).toEqual([packageJson.version])
})

test.each<[string[], string]>([
  [['dance'], 'There is no command “dance”'],
  [['toString'], 'There is no command “toString”'],
  [['help', 'dance'], 'There is no command “dance”'],
  [['connect', 'cursor'], '“cursor” is no agent that Muster can connect: claude-code, codex'],
  [['connect', 'codex', 'more'], 'There is no use for “more”'],
  [['connect', '--scope', 'team'], '--scope has to be user or project, not “team”'],
  [['connect', '--url', 'nowhere'], '--url has to be like http://127.0.0.1:4690'],
  [['connect', '--url', 'ftp://x'], '--url has to be like http://127.0.0.1:4690'],
  [['connect', '--url', 'http://me:secret@x'], 'scheme, name and port only, like http://x'],
  [['connect', '--url', 'http://x/muster'], 'scheme, name and port only, like http://x'],
  [['connect', '--remove', '--check'], '--remove and --check are two things'],
  [['connect', '--force'], "Unknown option '--force'"],
  [['replay'], 'Name one file to replay'],
  [['replay', 'a', 'b'], 'Name one file to replay'],
  [['replay', 'a', '--speed', 'fast'], '--speed has to be a number'],
])('%j is not understood: %s', async (args, message) => {
  expect(await home.run(args)).toBe(2)
  expect(home.complained.join('\n')).toContain(message)
  expect(home.printed).toEqual([])
})

test('what cannot be done is said in one message', async () => {
  expect(await home.run(['replay', home.path('nothing.jsonl')])).toBe(1)
  expect(home.complained).toHaveLength(1)
  expect(home.complained[0]).toContain('The recording cannot be read')
})
