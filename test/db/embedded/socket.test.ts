import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  rmdir,
  stat,
  symlink,
  unlink,
} from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { findServer } from '../../../src/db/embedded/running'
import { openSocketFolder } from '../../../src/db/embedded/socket-folder'
import { runStatement } from '../../../src/db/ensure-database'
import { createScratch, postmasterOf, type Scratch } from '../../support/embedded-scratch'

const PATIENCE = { timeout: 10_000, interval: 50 }
const isRoot = process.getuid?.() === 0
const execute = promisify(execFile)

let scratch: Scratch

beforeEach(async () => {
  scratch = await createScratch()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await scratch.remove()
})

const at = (...parts: string[]) => path.join(scratch.folder, ...parts)
const folderOf = (url: string) => decodeURIComponent(new URL(url).hostname)
/** A data directory beside which no socket has room. */
const LONG = `data-${'x'.repeat(120)}`

describe('the server', () => {
  test('is reached by a socket in a folder of its own, and by no port', async () => {
    const server = await scratch.start()
    const folder = at('data', 'postgres.socket')
    expect(folderOf(server.url)).toBe(folder)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    const { rows } = await runStatement(server.url, 'SHOW listen_addresses')
    expect(rows).toEqual([{ listen_addresses: '' }])
    await server.stop()
    expect(await readdir(at('data'))).not.toContain('postgres.socket')
  })

  test('has a short folder in the runtime directory where the path would be too long', async () => {
    await mkdir(at('run'))
    vi.stubEnv('XDG_RUNTIME_DIR', at('run'))
    const server = await scratch.start(LONG)
    const folder = folderOf(server.url)
    expect(path.dirname(folder)).toBe(at('run'))
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    process.kill(await postmasterOf(at(LONG)), 'SIGKILL')
    await vi.waitFor(() => runStatement(server.url, 'SELECT 1'), PATIENCE)
    expect((await findServer(at(LONG)))?.url).toBe(server.url)
    await server.stop()
    const again = await scratch.start(LONG)
    expect(again.url).toBe(server.url)
  })

  test('listens on a port where it is told so, and is found there', async () => {
    const server = await scratch.start('data', { listen: 'tcp' })
    expect(new URL(server.url).hostname).toBe('127.0.0.1')
    const { rows } = await runStatement(server.url, 'SHOW listen_addresses')
    expect(rows).toEqual([{ listen_addresses: '127.0.0.1' }])
    expect((await findServer(at('data')))?.url).toBe(server.url)
  })
})

describe('the address for psql', () => {
  test('names the file with the password, which is its owner’s alone', async () => {
    const server = await scratch.start()
    const found = await findServer(at('data'))
    const psqlUrl = found?.psqlUrl ?? ''
    const { password } = new URL(server.url)
    expect(psqlUrl).not.toContain(password)
    const file = new URL(psqlUrl).searchParams.get('passfile') ?? ''
    expect(await readFile(file, 'utf8')).toBe(`*:*:*:muster:${password}\n`)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    await server.stop()
    expect(await findServer(at('data'))).toBeUndefined()
  })

  const hasPsql = process.env.PATH?.split(':').some((folder) => existsSync(`${folder}/psql`))
  test.runIf(hasPsql)('opens the database', async () => {
    await scratch.start()
    const { psqlUrl = '' } = (await findServer(at('data'))) ?? {}
    const env = { PATH: process.env.PATH, PGPORT: '1', HOME: scratch.folder }
    const args = ['-w', '-X', '-t', '-A', '-c', 'SELECT current_user', psqlUrl]
    expect((await execute('psql', args, { env })).stdout).toBe('muster\n')
  })
})

describe('a folder for the socket', () => {
  const open = () =>
    openSocketFolder(at(LONG, 'postgres'), undefined, { env: { XDG_RUNTIME_DIR: at('run') } })

  beforeEach(async () => {
    await mkdir(at(LONG))
    await mkdir(at('run'))
  })

  test('is elsewhere where psql could not name it', async () => {
    await mkdir(at('a,b'))
    const beside = openSocketFolder(at('a,b', 'postgres'), undefined, {
      env: { XDG_RUNTIME_DIR: at('run') },
    })
    expect(path.dirname((await beside) ?? '')).toBe(at('run'))
  })

  test('is closed to others, also when it was open', async () => {
    const folder = (await open()) ?? ''
    expect(path.dirname(folder)).toBe(at('run'))
    await chmod(folder, 0o777)
    expect(await open()).toBe(folder)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
  })

  test('is no link that somebody has put there', async () => {
    const folder = (await open()) ?? ''
    await rmdir(folder)
    await mkdir(at('elsewhere'))
    await symlink(at('elsewhere'), folder)
    const other = (await open()) ?? ''
    expect(other).not.toBe(folder)
    expect((await lstat(other)).isDirectory()).toBe(true)
    await rmdir(other)
  })

  test.runIf(isRoot)('is no folder of another user', async () => {
    const folder = (await open()) ?? ''
    await chown(folder, 12_345, 12_345)
    const other = (await open()) ?? ''
    expect(other).not.toBe(folder)
    expect((await stat(other)).uid).toBe(0)
    await rmdir(other)
  })

  test('has a name that nobody knows before where others have taken those that they know', async () => {
    const folder = (await open()) ?? ''
    await rmdir(folder)
    const taken = [folder, path.join('/tmp', path.basename(folder))]
    for (const name of taken) await symlink(at('elsewhere'), name)
    try {
      const other = (await open()) ?? ''
      expect(path.dirname(other)).toBe(at('run'))
      expect(taken).not.toContain(other)
      const { mode, uid } = await lstat(other)
      expect([mode & 0o777, uid]).toEqual([0o700, process.getuid?.()])
    } finally {
      for (const name of taken) await unlink(name)
    }
  })
})
