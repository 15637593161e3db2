import { chmod, lstat, mkdir, readlink, stat, symlink } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTestHome, type TestHome } from '../../support/home'

const FILE = '.claude/settings.json'
const SETTINGS = `{
    "model": "opus",
    "permissions": {"allow": ["Bash(ls)", "Read"], "deny": []},
    "hooks": {
        "Stop": [
            {"matcher": "", "hooks": [{"type": "command", "command": "say done"}]}
        ],
        "WorktreeCreate": [{"hooks": [{"type": "command", "command": "make-tree"}]}]
    },
    "unknownKey": {"b": 1, "a": 2}
}
`
const yes = { isInteractive: true, ask: async () => 'y' }

let home: TestHome

beforeEach(async () => {
  home = await createTestHome()
})
afterEach(() => home.remove())

const connect = (...args: string[]) => home.run(['connect', 'claude-code', '--yes', ...args])
const backupsIn = async (folder: string) =>
  (await home.list(folder)).filter((name) => name.includes('.muster-backup-'))

describe('install twice, remove', () => {
  const inWindows = SETTINGS.replaceAll('\n', '\r\n')

  test.each([
    ['settings with hooks of others', SETTINGS],
    ['Windows line ends', inWindows],
    ['tabs and no end of the last line', '{\n\t"model": "opus"\n}'],
    ['one line', '{"model":"opus","env":{"A":"1"}}'],
    ['a byte order mark', '\uFEFF{\n  "model": "opus"\n}\n'],
    ['nothing in it', '{}\n'],
    ['an empty object over two lines', '{\n}'],
    ['no hooks yet', '{"hooks": { }, "model": "opus"}'],
    ['an event without hooks', '{\n  "hooks": {"Stop": [\n  ]}\n}\n'],
    ['an empty file', ''],
    ['blank lines', '\n\n'],
  ])('leaves %s as they were, to the byte', async (_, original) => {
    await home.write(FILE, original)
    expect(await connect()).toBe(0)
    const once = await home.read(FILE)
    expect(await connect()).toBe(0)
    expect(await home.read(FILE)).toBe(once)
    expect(await connect('--remove')).toBe(0)
    expect(await home.read(FILE)).toBe(original)
  })

  test('leaves no file where there was none', async () => {
    await mkdir(home.path('.claude'))
    await connect()
    await connect('--url', 'http://127.0.0.1:4700')
    expect(await home.list('.claude')).toEqual(['settings.json'])
    await connect('--remove')
    expect(await home.list('.claude')).toEqual([])
  })

  test('leaves a project without a folder where it had none', async () => {
    const project = home.path('work/orchard')
    await mkdir(project, { recursive: true })
    await connect('--project', project)
    await connect('--project', project)
    expect(await home.list('work/orchard/.claude')).toEqual(['settings.json'])
    await connect('--project', project, '--remove')
    expect(await home.list('work/orchard')).toEqual([])
  })

  test('goes together with what somebody else changed in between', async () => {
    await home.write(FILE, SETTINGS)
    await connect()
    const settings = JSON.parse(await home.read(FILE))
    settings.model = 'sonnet'
    settings.hooks.Stop.push({ hooks: [{ type: 'command', command: 'beep' }] })
    // As the agent itself writes its settings.
    await home.write(FILE, JSON.stringify(settings, null, 2))
    await connect('--remove')
    const expected = JSON.parse(SETTINGS)
    expected.model = 'sonnet'
    expected.hooks.Stop.push({ hooks: [{ type: 'command', command: 'beep' }] })
    expect(JSON.parse(await home.read(FILE))).toEqual(expected)
  })
})

describe('what is written', () => {
  test('another address replaces the old one, and hooks of others stay', async () => {
    await home.write(FILE, SETTINGS)
    await connect()
    await connect('--url', 'http://localhost:4700/')
    const { hooks, ...rest } = JSON.parse(await home.read(FILE))
    const { hooks: before, ...others } = JSON.parse(SETTINGS)
    expect(rest).toEqual(others)
    expect(hooks.Stop).toEqual([
      before.Stop[0],
      { hooks: [{ type: 'http', url: 'http://localhost:4700/hooks/claude-code', timeout: 2 }] },
    ])
    expect(hooks.WorktreeCreate).toEqual(before.WorktreeCreate)
    expect(JSON.stringify(hooks)).not.toContain('4690')
  })

  test('HOST, PORT and MUSTER_TOKEN say where and how, and the token stays out of the file', async () => {
    const env = { HOST: '0.0.0.0', PORT: '4711', MUSTER_TOKEN: 'tell-nobody' }
    expect(await home.run(['connect', 'claude-code', '--yes'], { env })).toBe(0)
    const text = await home.read(FILE)
    expect(text).toContain('http://127.0.0.1:4711/hooks/claude-code')
    expect(text).toContain('Bearer $MUSTER_TOKEN')
    expect(text + home.printed.join()).not.toContain('tell-nobody')
  })

  test('a copy is kept before each change, and none without a change', async () => {
    await home.write(FILE, SETTINGS, 0o640)
    await connect()
    await connect()
    const [backup = '', ...more] = await backupsIn('.claude')
    expect(more).toEqual([])
    expect(await home.read(`.claude/${backup}`)).toBe(SETTINGS)
    expect((await stat(home.path(`.claude/${backup}`))).mode & 0o777).toBe(0o640)
    expect(home.printed).toEqual(['Claude Code is connected already'])
    await connect('--remove')
    expect(await backupsIn('.claude')).toHaveLength(2)
  })

  test('the mode stays, and nothing else is left in the folder', async () => {
    await home.write(FILE, SETTINGS, 0o604)
    await connect()
    expect((await stat(home.path(FILE))).mode & 0o777).toBe(0o604)
    expect((await home.list('.claude')).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  test('a link stays a link, and the file that it leads to changes', async () => {
    await home.write('dotfiles/claude.json', SETTINGS)
    await mkdir(home.path('.claude'))
    await symlink('../dotfiles/claude.json', home.path(FILE))
    await connect()
    expect((await lstat(home.path(FILE))).isSymbolicLink()).toBe(true)
    expect(await home.read('dotfiles/claude.json')).toContain('/hooks/claude-code')
    expect(await home.list('dotfiles')).toEqual(['claude.json'])
    await connect('--remove')
    expect(await readlink(home.path(FILE))).toBe('../dotfiles/claude.json')
    expect(await home.read('dotfiles/claude.json')).toBe(SETTINGS)
  })

  test('a link that leads nowhere yet gets its file', async () => {
    await mkdir(home.path('.claude'))
    await mkdir(home.path('dotfiles'))
    await symlink(home.path('dotfiles/claude.json'), home.path(FILE))
    await connect()
    expect(await home.read('dotfiles/claude.json')).toContain('/hooks/claude-code')
    expect((await lstat(home.path(FILE))).isSymbolicLink()).toBe(true)
  })
})

describe('what is left alone', () => {
  test.each([
    ['{\n  "model": "opus",\n}\n', 'line 3, column 1'],
    ['{"hooks": []}', 'hooks is not an object'],
    ['[]', 'It is not an object'],
  ])('%j, and why is said', async (broken, reason) => {
    await home.write(FILE, broken)
    expect(await connect()).toBe(1)
    expect(await connect('--remove')).toBe(1)
    expect(home.complained.join()).toContain(`${home.path(FILE)} is left alone: `)
    expect(home.complained.join()).toContain(reason)
    expect(await home.list('.claude')).toEqual(['settings.json'])
    expect(await home.read(FILE)).toBe(broken)
  })

  test('one agent’s broken settings do not keep the other from being connected', async () => {
    await home.write(FILE, '{')
    await mkdir(home.path('.codex'))
    expect(await home.run(['connect', '--yes'])).toBe(1)
    expect(await home.read('.codex/hooks.json')).toContain('/hooks/codex')
  })

  test('a folder that cannot be written to keeps the file that is in it', async () => {
    await home.write(FILE, SETTINGS)
    await chmod(home.path('.claude'), 0o500)
    const isRoot = process.getuid?.() === 0
    expect(await connect()).toBe(isRoot ? 0 : 1)
    if (!isRoot) expect(await home.read(FILE)).toBe(SETTINGS)
    await chmod(home.path('.claude'), 0o700)
  })
})

describe('consent', () => {
  beforeEach(() => home.write(FILE, SETTINGS))

  test('is asked for after the change was shown', async () => {
    const questions: string[] = []
    const ask = async (question: string) => {
      questions.push(question)
      expect(home.printed.join('\n')).toContain(`+         "Setup": [{`)
      return 'yes'
    }
    expect(await home.run(['connect'], { isInteractive: true, ask })).toBe(0)
    expect(questions).toEqual(['Change this? [y/N] '])
    expect(await home.read(FILE)).toContain('/hooks/claude-code')
  })

  test.each(['', 'n', 'no', 'yep'])('is not given by %j', async (answer) => {
    const code = await home.run(['connect'], { isInteractive: true, ask: async () => answer })
    expect(code).toBe(1)
    expect(home.printed.at(-1)).toBe('Nothing was changed.')
    expect(await home.read(FILE)).toBe(SETTINGS)
    expect(await home.list('.claude')).toEqual(['settings.json'])
  })

  test('cannot be had without a terminal: the change is shown, and that is all', async () => {
    expect(await home.run(['connect'])).toBe(2)
    expect(home.printed.join('\n')).toContain('+         "Setup": [{')
    expect(home.complained).toEqual([
      'Nothing was changed: nobody is here to agree. Run it again with --yes.',
    ])
    expect(await home.read(FILE)).toBe(SETTINGS)
  })

  test('is not needed to look on', async () => {
    expect(await home.run(['connect', '--dry-run'], yes)).toBe(0)
    expect(await home.read(FILE)).toBe(SETTINGS)
  })

  test('does not count for a file that has changed meanwhile', async () => {
    const ask = async () => {
      await home.write(FILE, '{"model": "haiku"}')
      return 'y'
    }
    expect(await home.run(['connect'], { isInteractive: true, ask })).toBe(1)
    expect(await home.read(FILE)).toBe('{"model": "haiku"}')
  })
})

describe('which agents', () => {
  test('those with a folder or a program here', async () => {
    await home.write('bin/codex', '', 0o755)
    const env = { PATH: home.path('bin'), CLAUDE_CONFIG_DIR: home.path('elsewhere') }
    await mkdir(home.path('elsewhere'))
    expect(await home.run(['connect', '--yes'], { env })).toBe(0)
    expect(await home.list('elsewhere')).toEqual(['settings.json'])
    expect(await home.list('.codex')).toEqual(['config.toml', 'hooks.json'])
    expect(await home.list('.claude')).toEqual([])
  })

  test('none, where there are none, unless one is named', async () => {
    const env = { PATH: home.path('bin') }
    expect(await home.run(['connect', '--yes'], { env })).toBe(2)
    expect(home.complained[0]).toContain('Neither Claude Code nor Codex is on this machine')
    expect(await home.run(['connect', 'codex', '--yes'], { env })).toBe(0)
  })

  test('a project is this folder unless another is named', async () => {
    const folder = home.path('work/orchard')
    await mkdir(folder, { recursive: true })
    const around = { folder }
    expect(await home.run(['connect', 'codex', '--yes', '--scope', 'project'], around)).toBe(0)
    expect(await home.list(path.join('work', 'orchard', '.codex'))).toEqual(['hooks.json'])
  })
})
