import { once } from 'node:events'
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { makeClone, postgresOf } from '../support/clone'
import { postmasterOf } from '../support/embedded-scratch'
import { storedSummaries, untilStored } from '../support/reports'
import { TestStage, untilGone } from '../support/stage'

const TEST_LIMIT_MS = 120_000
const isRoot = process.getuid?.() === 0
const isPosix = process.platform !== 'win32'

let stage: TestStage

beforeAll(async () => {
  stage = await TestStage.create()
})
afterEach(() => stage.end())
afterAll(() => stage.remove())

/** Muster gives up, and says why in one sentence. */
async function refusalOf(env: Record<string, string>): Promise<string> {
  const { code, printed } = await stage.serve(env).ends()
  expect(code).toBe(1)
  expect(printed.trimEnd().split('\n'), printed).toHaveLength(1)
  return printed
}

test('a server and a PostgreSQL that were killed at once are no obstacle to the next start', {
  timeout: TEST_LIMIT_MS,
}, async () => {
  const MUSTER_DATA_DIR = stage.newDataDir()
  const first = stage.serve({ MUSTER_DATA_DIR })
  await untilStored(await first.address(), 'before')
  const postmaster = await postmasterOf(MUSTER_DATA_DIR)
  process.kill(postmaster, 'SIGKILL')
  first.kill('SIGKILL')
  await first.ends()
  await untilGone('PostgreSQL', postmaster)
  const stale = path.join(MUSTER_DATA_DIR, 'postgres', 'postmaster.pid')
  expect(await readFile(stale, 'utf8')).toMatch(`${postmaster}\n`)

  const address = await stage.serve({ MUSTER_DATA_DIR }).address()
  await untilStored(address, 'after')
  expect(await storedSummaries(address)).toEqual(['before', 'after'])
})

test('a second start on the same data says who uses it, and does it no harm', {
  timeout: TEST_LIMIT_MS,
}, async () => {
  const MUSTER_DATA_DIR = stage.newDataDir()
  const first = stage.serve({ MUSTER_DATA_DIR })
  const address = await first.address()
  expect(await refusalOf({ MUSTER_DATA_DIR })).toMatch(
    `Another Muster (process ${first.pid} at ${address}) uses ${MUSTER_DATA_DIR}: stop it, or set`,
  )
  await untilStored(address, 'undisturbed')
})

test('a port in use is told, and the database is stopped again', {
  timeout: TEST_LIMIT_MS,
}, async () => {
  const MUSTER_DATA_DIR = stage.newDataDir()
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = other.address()
  const port = typeof address === 'object' && address ? address.port : 0
  expect(await refusalOf({ MUSTER_DATA_DIR, PORT: String(port) })).toBe(
    `Port ${port} on 127.0.0.1 is in use: stop what runs there, or set PORT to another one.\n`,
  )
  await expect(postmasterOf(MUSTER_DATA_DIR)).rejects.toThrow('No PostgreSQL runs')
  other.close()
})

test('data of another major version is told', { timeout: TEST_LIMIT_MS }, async () => {
  const MUSTER_DATA_DIR = stage.newDataDir()
  const first = stage.serve({ MUSTER_DATA_DIR })
  await first.address()
  first.kill('SIGTERM')
  await first.ends()
  const cluster = path.join(MUSTER_DATA_DIR, 'postgres')
  await writeFile(path.join(cluster, 'PG_VERSION'), '17\n')
  expect(await refusalOf({ MUSTER_DATA_DIR })).toMatch(
    /^The data in \S+ was written by PostgreSQL 17 and this Muster brings PostgreSQL 18: .*docs\/upgrade\.md/,
  )
})

test.runIf(isPosix && !isRoot)('a data directory that cannot be written is told', async () => {
  const MUSTER_DATA_DIR = stage.newDataDir()
  await mkdir(MUSTER_DATA_DIR, { mode: 0o500 })
  expect(await refusalOf({ MUSTER_DATA_DIR })).toMatch(
    /^The database in \S+ cannot be started \(EACCES[^)]*\): check the rights there, or set/,
  )
  await chmod(MUSTER_DATA_DIR, 0o700)
})

test('a clone starts whose packages were installed without their scripts', {
  timeout: TEST_LIMIT_MS,
}, async () => {
  const clone = path.join(stage.folder, 'no-scripts')
  await makeClone(clone, { ownPostgres: true, built: true })
  const native = await postgresOf(clone)
  const list = await readFile(path.join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { target } of JSON.parse(list)) await rm(path.join(native, '..', target))
  const server = path.join(clone, 'dist', 'server.js')
  const program = stage.run(process.execPath, [server], { MUSTER_DATA_DIR: stage.newDataDir() })
  await untilStored(await program.address(), 'served')
})

test.runIf(isRoot && isPosix)(
  'root starts a clone in a folder that nobody else may enter',
  { timeout: TEST_LIMIT_MS },
  async () => {
    const closed = path.join(stage.folder, 'closed')
    await mkdir(closed, { mode: 0o700 })
    const clone = path.join(closed, 'clone')
    await makeClone(clone, { ownPostgres: true })
    const start = () => stage.run('npm', ['start', '--prefix', clone], {})
    const first = start()
    const address = await first.address()
    const [, kept = ''] = /its data is in (\S+)/.exec(first.printed) ?? []
    try {
      expect(kept).toMatch(/^\/var\/lib\/muster\//)
      await untilStored(address, 'before')
      first.kill('SIGTERM')
      await first.ends()
      const second = start()
      const again = await second.address()
      await untilStored(again, 'after')
      expect(await storedSummaries(again)).toEqual(['before', 'after'])
      second.kill('SIGTERM')
      await second.ends()
    } finally {
      if (kept) await rm(path.dirname(kept), { recursive: true, force: true })
    }
  },
)
