import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { projectPath } from '../../src/config/project-path'
import { runStatement } from '../../src/db/ensure-database'
import type { TestDatabase } from '../support/cluster'
import { createTestDatabase } from '../support/database'

const execute = promisify(execFile)
const ROWS = 20_000
const ROW_BYTES = 9_600
/** Half of the rows; what a program takes that moves a few blocks at a time stays far below. */
const LIMIT_BYTES = (ROWS * ROW_BYTES) / 2

let folder: string
const databases: TestDatabase[] = []

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'muster-memory-'))
})
afterEach(async () => {
  await Promise.all(databases.splice(0).map((database) => database.drop()))
  await rm(folder, { recursive: true, force: true })
})

test('rows go through a little memory, however many there are', { timeout: 180_000 }, async () => {
  const [source, target] = await Promise.all([createTestDatabase(), createTestDatabase()])
  databases.push(source, target)
  await runStatement(
    source.url,
    `INSERT INTO events (type, data)
     SELECT 'big', jsonb_build_object('text', repeat(md5(i::text), ${ROW_BYTES / 32}))
     FROM generate_series(1, ${ROWS}) AS i`,
  )
  const program = await bundle()
  const file = path.join(folder, 'backup')
  const grown: number[] = []
  for (const [action, { url }] of [['backUp', source] as const, ['restore', target] as const]) {
    const { stdout } = await execute(process.execPath, [program, action, url, file], {
      timeout: 150_000,
    })
    grown.push(Number(stdout))
  }
  if (process.env.MUSTER_SHOW_TIMES) console.info(`grown by ${grown.join(' and ')} bytes`)
  for (const bytes of grown) expect(bytes).toBeLessThan(LIMIT_BYTES)
  const { rows } = await runStatement(target.url, 'SELECT count(*)::int FROM events')
  expect(rows[0].count).toBe(ROWS + 1)
})

/** How much more memory the process has had at any moment than at its start. */
const PROGRAM = `
  import { backUp } from '../../src/backup/backup'
  import { restore } from '../../src/backup/restore'
  const [action, url, file] = process.argv.slice(2)
  const before = process.memoryUsage().rss
  if (action === 'backUp') await backUp(url, file, { version: '1' })
  else await restore(url, file)
  process.stdout.write(String(process.resourceUsage().maxRSS * 1024 - before))
`

async function bundle(): Promise<string> {
  // The packages and the migrations are found from the scratch folder as from the project.
  for (const name of ['node_modules', 'migrations', 'package.json']) {
    await symlink(projectPath(name), path.join(folder, name))
  }
  const outfile = path.join(folder, 'program.mjs')
  await build({
    stdin: { contents: PROGRAM, resolveDir: projectPath('test', 'backup'), loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
    preserveSymlinks: true,
  })
  return outfile
}
