import { chmod, cp, lstat, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findPackage, linkLibraries, prepareBinaries } from '../../../src/db/embedded/binaries'
import { runStatement } from '../../../src/db/ensure-database'
import { createScratch, postmasterOf, type Scratch } from '../../support/embedded-scratch'

const isRoot = process.getuid?.() === 0

let scratch: Scratch

beforeEach(async () => {
  scratch = await createScratch()
})

afterEach(() => scratch.remove())

test('a first start makes a UTF-8 database that only the password opens', async () => {
  const server = await scratch.start()
  const { rows } = await runStatement(
    server.url,
    `SELECT current_database() AS name, current_setting('server_encoding') AS encoding,
       current_setting('listen_addresses') AS listens, lower('ÄÖ') AS folded,
       (SELECT datlocale FROM pg_database WHERE datname = current_database()) AS locale`,
  )
  expect(rows).toEqual([
    { name: 'muster', encoding: 'UTF8', listens: '', folded: 'äö', locale: 'C.UTF-8' },
  ])
  const wrong = new URL(server.url)
  wrong.password = 'wrong'
  await expect(runStatement(wrong.href, 'SELECT 1')).rejects.toThrow('password authentication')
})

test('the environment decides neither encoding nor port', async () => {
  const before = { ...process.env }
  Object.assign(process.env, { LC_ALL: 'xx_YY.ISO-8859-1', LANG: 'xx', PGPORT: '1', PGDATA: '/x' })
  try {
    const server = await scratch.start()
    const { rows } = await runStatement(server.url, 'SHOW server_encoding')
    expect(rows).toEqual([{ server_encoding: 'UTF8' }])
  } finally {
    for (const name of ['LC_ALL', 'LANG', 'PGPORT', 'PGDATA']) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  }
})

test('the password is kept in files that only their owner reads, and nowhere else', async () => {
  const server = await scratch.start()
  const cluster = path.join(scratch.folder, 'data', 'postgres')
  const file = path.join(cluster, 'muster.password')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(new URL(server.url).password).toBe(await readFile(file, 'utf8'))
  const names = await readdir(path.join(scratch.folder, 'data'))
  expect(names.sort()).toEqual(['muster.lock', 'postgres', 'postgres.log', 'postgres.socket'])
})

test('a later start keeps what was written', async () => {
  const first = await scratch.start()
  await runStatement(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await first.stop()
  const second = await scratch.start()
  const { rows } = await runStatement(second.url, 'SELECT answer FROM kept')
  expect(rows).toEqual([{ answer: 42 }])
})

test('links of libraries that the installation left out are made', async () => {
  const folder = path.join(scratch.folder, 'native')
  await cp(findPackage(), folder, { recursive: true, verbatimSymlinks: true })
  const list = await readFile(path.join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links: string[] = JSON.parse(list).map(({ target }: { target: string }) =>
    path.join(scratch.folder, target),
  )
  for (const link of links) await rm(link, { force: true })
  const { folder: used, version } = await prepareBinaries({ binaries: folder })
  expect({ used, version }).toEqual({ used: folder, version: expect.stringMatching(/^\d+\.\d+/) })
  for (const link of links) expect((await lstat(link)).isSymbolicLink()).toBe(true)
  await linkLibraries(folder)
})

test('a platform without PostgreSQL is told to bring its own', () => {
  expect(() => findPackage('freebsd', 'x64')).toThrow(
    'No PostgreSQL is bundled for freebsd-x64: install PostgreSQL and set DATABASE_URL.',
  )
  const other = process.platform === 'darwin' ? 'linux' : 'darwin'
  expect(() => findPackage(other, 'x64')).toThrow('npm ci --include=optional')
})

test.runIf(isRoot)('root finds another place for what the server cannot reach', async () => {
  const closed = path.join(scratch.folder, 'closed')
  await mkdir(closed, { mode: 0o700 })
  const binaries = path.join(closed, 'native')
  await cp(findPackage(), binaries, { recursive: true, verbatimSymlinks: true })

  const first = await scratch.start('closed/data', { binaries })
  expect(first.notes).toHaveLength(1)
  expect(first.notes[0]).toContain(path.join(scratch.folder, 'state'))
  expect(first.notes[0]).toContain(path.join(scratch.folder, 'cache'))
  expect(scratch.logged).toEqual(first.notes)
  await runStatement(first.url, 'CREATE TABLE kept (answer int)')
  await first.stop()

  // What was written stays in use, though the server could go to the usual place now.
  await chmod(closed, 0o755)
  const second = await scratch.start('closed/data', { binaries })
  const { rows } = await runStatement(second.url, `SELECT to_regclass('kept')::text AS found`)
  expect(rows).toEqual([{ found: 'kept' }])
})

test('data of another major version is refused', async () => {
  const server = await scratch.start()
  await server.stop()
  const cluster = path.join(scratch.folder, 'data', 'postgres')
  await writeFile(path.join(cluster, 'PG_VERSION'), '15\n')
  await expect(scratch.start()).rejects.toThrow(/written by PostgreSQL 15 and this Muster brings/)
  await writeFile(path.join(cluster, 'PG_VERSION'), '18\n')
  await scratch.start()
})

test('a second Muster is refused, with the number and the address of the first', async () => {
  const first = await scratch.start()
  await expect(scratch.start()).rejects.toThrow(`process ${process.pid}, which is starting`)
  await first.setAddress('http://127.0.0.1:4690')
  await expect(scratch.start()).rejects.toThrow(
    `Another Muster (process ${process.pid} at http://127.0.0.1:4690) uses`,
  )
  await runStatement(first.url, 'SELECT 1')
})

test('of many that start at once on one directory, one gets it', async () => {
  const lock = path.join(scratch.folder, 'data', 'muster.lock')
  await mkdir(path.dirname(lock))
  await writeFile(lock, JSON.stringify({ pid: process.pid, identity: 'of another boot' }))
  const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => scratch.start()))
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

test('a creation that was cut short leaves nothing in the way', async () => {
  const dataDir = path.join(scratch.folder, 'data')
  const draft = path.join(dataDir, 'postgres.init-0123abcd')
  await mkdir(path.join(draft, 'base'), { recursive: true })
  await writeFile(path.join(draft, 'PG_VERSION'), '18\n')
  await writeFile(`${draft}.password`, 'secret')
  await mkdir(path.join(dataDir, 'postgres'))
  const server = await scratch.start()
  await runStatement(server.url, 'SELECT 1')
  expect((await readdir(dataDir)).filter((name) => name.includes('init-'))).toEqual([])
})

test('a folder of somebody else is left alone', async () => {
  const cluster = path.join(scratch.folder, 'data', 'postgres')
  await mkdir(cluster, { recursive: true })
  await writeFile(path.join(cluster, 'diary.txt'), 'dear diary')
  await expect(scratch.start()).rejects.toThrow('holds no PostgreSQL data but is not empty')
  expect(await readFile(path.join(cluster, 'diary.txt'), 'utf8')).toBe('dear diary')
})

test('a start that fails leaves neither a server nor a lock', async () => {
  const failing = scratch.start('data', { settings: { shared_buffers: 'lots' } })
  await expect(failing).rejects.toThrow(/PostgreSQL did not start \(.*shared_buffers/)
  expect(await readdir(path.join(scratch.folder, 'data'))).not.toContain('postgres.socket')
  await expect(postmasterOf(path.join(scratch.folder, 'data'))).rejects.toThrow('No PostgreSQL')
  await scratch.start()
})
