import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { claudeCodeHooks } from '../../../src/cli/connect/claude-code-settings'
import { codexHooks } from '../../../src/cli/connect/codex-settings'
import { probePayload, sendThrough } from '../../../src/cli/connect/probe'
import { surroundingsOf } from '../../../src/cli/context'
import { createTestHome, type TestHome } from '../../support/home'

const around = surroundingsOf(process)
const payload = probePayload('muster-check-1', '/srv/code')

let home: TestHome

beforeEach(async () => {
  home = await createTestHome()
})
afterEach(() => home.remove())

describe('without a Muster', () => {
  const options = {
    origin: 'http://127.0.0.1:9',
    tokenFile: '/nowhere/to/be/found',
    scope: 'user',
  } as const

  test.each(['sh', 'bash'])('the commands of %s succeed and are quick', async (shell) => {
    const env = { ...around.env, SHELL: `/bin/${shell}` }
    const started = performance.now()
    for (const [agent, hooks] of [
      ['claude-code', claudeCodeHooks(options)],
      ['codex', codexHooks(options, 'linux')],
    ] as const) {
      const { SessionStart = {} } = hooks
      const how = { agent, around: { ...around, env } }
      expect(await sendThrough(SessionStart, payload, how)).toBeNull()
    }
    expect(performance.now() - started).toBeLessThan(4_000)
  })

  test('an http hook says that nobody answers', async () => {
    const { Stop = {} } = claudeCodeHooks(options)
    const fault = await sendThrough(Stop, payload, { agent: 'claude-code', around })
    expect(fault).toBe('nobody answers')
  })
})

describe('a command', () => {
  const send = (command: string, timeout = 5) =>
    sendThrough({ type: 'command', command, timeout }, payload, { agent: 'claude-code', around })

  test('gets the payload on standard input', async () => {
    expect(await send(`cat > '${home.path('got.json')}'`)).toBeNull()
    expect(await home.read('got.json')).toBe(payload)
  })

  test('that fails, reads nothing or takes too long is told of', async () => {
    expect(await send('exit 3')).toBe('/bin/sh ended with 3')
    expect(await send('true')).toBeNull()
    expect(await send('sleep 20', 0.2)).toBe('it took longer than its 0.2 s')
  })
})
