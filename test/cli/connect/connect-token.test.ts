import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isClaudeCodeHook } from '../../../src/cli/connect/claude-code-settings'
import { isCodexHook } from '../../../src/cli/connect/codex-settings'
import { findHooks } from '../../../src/cli/connect/hooks-file'
import { findNotify } from '../../../src/cli/connect/notify-config'
import { sendThrough, sendToNotify } from '../../../src/cli/connect/probe'
import { surroundingsOf } from '../../../src/cli/context'
import { createTestHome, type TestHome } from '../../support/home'
import { until } from '../../support/wait'

const TOKEN = 'tell "nobody\\ of this token'
const FILE = '.muster-hooks.curl'
const HOOKS = '.codex/hooks.json'
const CONFIG = '.codex/config.toml'
const CLAUDE = '.claude/settings.json'

let home: TestHome

beforeEach(async () => {
  home = await createTestHome()
  await mkdir(home.path('.codex'))
  await mkdir(home.path('.claude'))
})
afterEach(() => home.remove())

const env = (token?: string) => ({
  PATH: process.env.PATH,
  HOME: home.folder,
  ...(token !== undefined && { MUSTER_TOKEN: token }),
})
const connect = (args: string[], token?: string) =>
  home.run(['connect', '--yes', ...args], { env: env(token) })

describe('the token that hooks show', () => {
  test('is kept in one file for its owner alone, and printed nowhere', async () => {
    expect(await connect([], TOKEN)).toBe(0)
    expect((await stat(home.path(FILE))).mode & 0o777).toBe(0o600)
    expect(await home.read(FILE)).toContain(
      'header = "Authorization: Bearer tell \\"nobody\\\\ of this token"\n',
    )
    const written = [
      await home.read(HOOKS),
      await home.read(CONFIG),
      await home.read(CLAUDE),
    ].join()
    expect(written + home.printed.join() + home.complained.join()).not.toContain('nobody')
    expect(written.match(/\$MUSTER_TOKEN/g)).toHaveLength(26)
    expect(findNotify(await home.read(CONFIG))).toContain(home.path(FILE))
  })

  test('is replaced by another one, and the same changes nothing', async () => {
    await connect(['codex'], 'one token of many')
    await connect(['codex'], 'one token of many')
    expect(home.printed).toEqual(['Codex is connected already'])
    expect(await connect(['codex'], 'another token')).toBe(0)
    const text = await home.read(FILE)
    expect(text).toContain('Bearer another token"')
    expect(text).not.toContain('one token of many')
  })

  test('goes with the last that shows it, and nothing else is left', async () => {
    await connect([], TOKEN)
    await mkdir(home.path('project'))
    await connect(['codex', '--project', home.path('project')], TOKEN)
    expect(await home.read('project/.codex/hooks.json')).toContain(
      '-K \\"$HOME/.muster-hooks.curl\\"',
    )
    for (const args of [['claude-code'], ['codex', '--project', home.path('project')]]) {
      expect(await connect(['--remove', ...args])).toBe(0)
      expect(await home.list('.')).toContain(FILE)
    }
    // Connected without a token, its hooks show none any more.
    expect(await connect(['codex'])).toBe(0)
    expect((await home.list('.')).sort()).toEqual(['.claude', '.codex', 'project'])
    expect(await connect(['codex', '--remove'])).toBe(0)
    expect(await home.list('.codex')).toEqual([])
    expect(await home.list('project')).toEqual([])
  })

  test.each([
    [['--token'], undefined, 'Set MUSTER_TOKEN to the token'],
    [[], 'no tokén', 'characters that a token cannot have'],
  ])('has to be there and to fit: %j %s', async (args, token, message) => {
    expect(await connect(['codex', ...args], token)).toBe(2)
    expect(home.complained[0]).toContain(message)
    expect(await home.list('.codex')).toEqual([])
  })

  test('takes the place of the variable that an earlier version put into commands', async () => {
    const old = `curl -s -m 1 -H 'Content-Type: application/json' -H "Authorization: Bearer $MUSTER_TOKEN" --data-binary @- http://127.0.0.1:4690/hooks/codex >/dev/null 2>&1 || true`
    await home.write(
      HOOKS,
      JSON.stringify({
        hooks: { Stop: [{ hooks: [{ type: 'command', command: old, timeout: 2 }] }] },
      }),
    )
    await home.write(
      CONFIG,
      `# >>> muster connect\nnotify = ["sh","-c","curl -H \\"Authorization: Bearer $MUSTER_TOKEN\\" --data-raw \\"$1\\" \\"http://127.0.0.1:4690/hooks/codex\\"","muster"]\n# <<< muster connect\n`,
    )
    expect(await connect(['codex'], TOKEN)).toBe(0)
    expect((await home.read(HOOKS)) + (await home.read(CONFIG))).not.toContain('$MUSTER_TOKEN')
    expect(findHooks(await home.read(HOOKS), isCodexHook)).toHaveLength(13)
  })

  test('on Windows is read by its command the same way', async () => {
    await home.run(['connect', 'codex', '--yes'], { platform: 'win32', env: env(TOKEN) })
    const hooks = findHooks(await home.read(HOOKS), isCodexHook)
    expect(String(hooks[0]?.handler.command)).toContain(`-K "${home.path(FILE)}" --data-binary @-`)
    expect(findNotify(await home.read(CONFIG))).toContain('-K')
  })
})

describe('while a hook runs', () => {
  let server: Server
  const sockets = new Set<Socket>()
  let received = ''

  beforeEach(async () => {
    received = ''
    // Takes everything and answers nothing, so that the hook waits for as long as it may.
    server = createServer((socket) => {
      sockets.add(socket)
      socket
        .on('error', () => undefined)
        .on('data', (bytes) => {
          received += bytes
        })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
    await new Promise((resolve) => server.close(resolve))
  })

  /** The command lines of all processes. */
  function commandLines(): string[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        } catch {
          // It has ended.
          return ''
        }
      })
  }

  test.runIf(existsSync('/proc/self/cmdline')).each(['claude-code', 'codex', 'notify'] as const)(
    'of %s the token is in no list of processes, and is sent',
    async (name) => {
      const address = server.address()
      const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
      await connect(['--url', url], TOKEN)
      const around = { ...surroundingsOf(process), env: env(TOKEN) }
      const agent = name === 'claude-code' ? name : 'codex'
      const ours = agent === 'codex' ? isCodexHook : isClaudeCodeHook
      const hooks = findHooks(await home.read(agent === 'codex' ? HOOKS : CLAUDE), ours)
      const handler = hooks.find(({ event }) => event === 'SessionStart')?.handler ?? {}
      // Without its own patience curl waits for as long as the test looks.
      const patient = { ...handler, command: String(handler.command).replace('-m 1', '-m 30') }
      const program = findNotify(await home.read(CONFIG))?.map((arg) => (arg === '1' ? '30' : arg))
      const running =
        name === 'notify'
          ? sendToNotify(program ?? [], '{}', around)
          : sendThrough({ ...patient, timeout: 30 }, '{}', { agent, around })
      await until('the report is there', () => received.includes(`Authorization: Bearer ${TOKEN}`))
      const lines = commandLines()
      expect(lines.filter((line) => line.includes(`${url}/hooks/`)).length).toBeGreaterThan(0)
      expect(lines.filter((line) => line.includes('of this token'))).toEqual([])
      for (const socket of sockets) socket.destroy()
      await running
    },
  )
})
