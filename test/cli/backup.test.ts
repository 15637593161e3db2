import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { run as backUp } from '../../src/cli/backup'
import { surroundingsOf } from '../../src/cli/context'
import { run as restore } from '../../src/cli/restore'
import { runStatement } from '../../src/db/ensure-database'
import { migrate } from '../../src/db/migrate'
import { createScratch, type Scratch } from '../support/embedded-scratch'

const TEST_LIMIT_MS = 120_000

let scratch: Scratch
let printed: string[]

beforeEach(async () => {
  scratch = await createScratch()
  printed = []
})
afterEach(() => scratch.remove())

/** Somebody who stands in the scratch folder. */
function around(dataDir: string) {
  return {
    ...surroundingsOf(process),
    env: { MUSTER_DATA_DIR: path.join(scratch.folder, dataDir), MUSTER_CONFIG: '/dev/null' },
    folder: scratch.folder,
    print: (line: string) => printed.push(line),
  }
}

const report = `INSERT INTO projects (key, slug, name) VALUES ('p', 'p', 'Orchard')`
const names = 'SELECT name FROM projects ORDER BY id'

test('a Muster that runs is backed up, and restored elsewhere', {
  timeout: TEST_LIMIT_MS,
}, async () => {
  const server = await scratch.start('one')
  await migrate(server.url)
  await runStatement(server.url, report)
  expect(await backUp(['saved'], around('one'))).toBe(0)
  const file = path.join(scratch.folder, 'saved')
  expect(printed[0]).toMatch(`3 rows are in ${file} (0.0 MB). “muster restore ${file}” puts`)

  expect(await restore(['saved'], around('two'))).toBe(0)
  expect(printed[1]).toMatch(/^3 rows are back, as they were at 20.*Z\.$/)
  const other = await scratch.start('two')
  expect((await runStatement(other.url, names)).rows).toEqual([{ name: 'Orchard' }])
})

test('a Muster that has ended is backed up, and replaced if that is said', {
  timeout: TEST_LIMIT_MS,
}, async () => {
  const server = await scratch.start('one')
  await migrate(server.url)
  await runStatement(server.url, report)
  await server.stop()
  expect(await backUp(['saved'], around('one'))).toBe(0)
  await expect(restore(['saved'], around('one'))).rejects.toThrow('The database is not empty')
  const again = await scratch.start('one')
  await runStatement(again.url, report.replaceAll("'p'", "'q'"))
  await again.stop()
  expect(await restore(['saved', '--replace'], around('one'))).toBe(0)
  const last = await scratch.start('one')
  expect((await runStatement(last.url, names)).rows).toEqual([{ name: 'Orchard' }])
})

test('a restore is refused while a Muster runs, and where there is no file', {
  timeout: TEST_LIMIT_MS,
}, async () => {
  const server = await scratch.start('one')
  await migrate(server.url)
  await backUp(['saved'], around('one'))
  await expect(restore(['saved'], around('one'))).rejects.toThrow(
    `Another Muster (process ${process.pid}`,
  )
  await expect(restore(['lost'], around('two'))).rejects.toThrow('There is no file')
  await expect(backUp(['more'], around('two'))).rejects.toThrow('There is no database in')
  await expect(backUp([], around('one'))).rejects.toThrow('Name one file')
})
