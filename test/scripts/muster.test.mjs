import { spawnSync } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { root } from '../../scripts/root.mjs'

/** Root may write everything. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

let folder

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'muster-built-'))
  for (const name of ['bin', 'scripts']) {
    await cp(path.join(root, name), path.join(folder, name), { recursive: true })
  }
  await mkdir(path.join(folder, 'dist/cli'), { recursive: true })
  await writeFile(path.join(folder, 'dist/cli/muster.js'), "console.log('as it was built')\n")
})
afterEach(async () => {
  await chmod(path.join(folder, 'dist/cli'), 0o755)
  await rm(folder, { recursive: true })
})

describe.runIf(process.platform !== 'win32')('the command muster', () => {
  it('uses what another user has built, and writes nothing there', async () => {
    await chmod(folder, 0o755)
    await chmod(path.join(folder, 'dist/cli/muster.js'), 0o444)
    await chmod(path.join(folder, 'dist/cli'), 0o555)
    const file = path.join(folder, 'bin/muster.mjs')
    const { stdout, stderr, status } = spawnSync(process.execPath, [file], {
      ...NOBODY,
      cwd: '/',
      encoding: 'utf8',
    })
    expect([status, stdout, stderr]).toEqual([0, 'as it was built\n', ''])
  })
})
