import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { projectPath } from '../../config/project-path'
import { claudeCodeHooks, type HookOptions, isClaudeCodeHook } from './claude-code-settings'
import { addHooks } from './hooks-file'

const HERE: HookOptions = { origin: 'http://127.0.0.1:4690', tokenFile: null, scope: 'user' }

test('the block to copy in the README is what connect writes', () => {
  const readme = readFileSync(projectPath('README.md'), 'utf8')
  const [, block] = /```json\n(\{\n {2}"hooks"[^`]*)```/.exec(readme) ?? []
  expect(block).toBe(addHooks('', claudeCodeHooks(HERE), isClaudeCodeHook))
})

test('commands only where http is not taken, and nothing where a hook would be in the way', () => {
  const hooks = claudeCodeHooks(HERE)
  const commands = Object.keys(hooks).filter((event) => hooks[event]?.type === 'command')
  expect(commands).toEqual(['SessionStart', 'Setup'])
  expect(Object.keys(hooks)).toHaveLength(28)
  for (const event of ['WorktreeCreate', 'MessageDisplay', 'FileChanged']) {
    expect(hooks).not.toHaveProperty(event)
  }
})

test('every hook has a short time-out of its own, in seconds', () => {
  for (const hook of Object.values(claudeCodeHooks(HERE))) {
    expect(hook.timeout).toBeGreaterThanOrEqual(1)
    expect(hook.timeout).toBeLessThanOrEqual(2)
  }
})

test('the token is named, never written', () => {
  const tokenFile = "/home/o'hara/.muster-hooks.curl"
  const { Stop, SessionStart } = claudeCodeHooks({ ...HERE, tokenFile })
  expect(Stop).toMatchObject({
    headers: { Authorization: 'Bearer $MUSTER_TOKEN' },
    allowedEnvVars: ['MUSTER_TOKEN'],
  })
  expect(SessionStart?.command).toContain(` -K '/home/o'\\''hara/.muster-hooks.curl' `)
  const { Setup } = claudeCodeHooks({ ...HERE, tokenFile, scope: 'project' })
  expect(Setup?.command).toContain(' -K "$HOME/.muster-hooks.curl" ')
})

describe('a Muster on another machine', () => {
  const there = { ...HERE, origin: 'http://10.0.0.7:4690' }

  test('gets all by curl, because http hooks may not go there', () => {
    for (const hook of Object.values(claudeCodeHooks(there))) {
      expect(hook).toMatchObject({ type: 'command', timeout: 2 })
      expect(hook.command).toMatch(/^curl -s -m 1 .*\|\| true$/)
    }
  })

  test('is told which machine this is; in a shared file, whichever it is then', () => {
    const commandIn = (scope: 'user' | 'project') =>
      claudeCodeHooks({ ...there, scope }).Stop?.command
    expect(commandIn('user')).toMatch(/-H "X-Muster-Host: [\w.:-]+"/)
    expect(commandIn('project')).toContain('-H "X-Muster-Host: $(hostname)"')
  })
})

test.each([
  [{ type: 'http', url: 'http://127.0.0.1:4690/hooks/claude-code' }, true],
  [{ type: 'http', url: 'https://elsewhere.example/hooks/claude-code?old=1' }, true],
  [{ type: 'http', url: 'http://127.0.0.1:4690/hooks/claude-code-2' }, false],
  [{ type: 'http', url: 'not an address /hooks/claude-code' }, false],
  [{ type: 'command', command: 'curl -X POST http://x/hooks/claude-code || true' }, true],
  [{ type: 'command', command: 'echo /hooks/claude-code' }, false],
  [{ type: 'command', command: 'curl http://x/hooks/claude-codex' }, false],
  [{ type: 'command' }, false],
  [{}, false],
])('%j is ours: %s', (handler, isOurs) => {
  expect(isClaudeCodeHook(handler)).toBe(isOurs)
})
