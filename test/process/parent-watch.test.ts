import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build } from 'esbuild'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { projectPath } from '../../src/config/project-path'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'muster-parent-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

test('a process hears that the one that started it is gone', async () => {
  const orphan = path.join(folder, 'orphan.mjs')
  await build({
    stdin: { contents: ORPHAN, resolveDir: projectPath('test', 'process'), loader: 'ts' },
    outfile: orphan,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  })
  const parentFile = path.join(folder, 'parent.mjs')
  await writeFile(parentFile, PARENT)
  const heard = path.join(folder, 'heard')
  const parent = spawn(process.execPath, [parentFile, orphan, heard], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(parent.stdout, 'data')
  await expect(readFile(heard)).rejects.toThrow('ENOENT')
  parent.kill('SIGKILL')
  await vi.waitFor(async () => expect(await readFile(heard, 'utf8')).toBe('gone'), 5_000)
})

const ORPHAN = `
  import { writeFileSync } from 'node:fs'
  import { onParentGone } from '../../src/process/parent-watch'
  onParentGone(() => {
    writeFileSync(process.argv[2], 'gone')
    process.exit()
  })
  process.stdout.write('ready')
  // A way out if it hears nothing, so that no test leaves it behind.
  setTimeout(() => {}, 20_000)
`

const PARENT = `
  import { spawn } from 'node:child_process'
  spawn(process.execPath, process.argv.slice(2), { stdio: 'inherit' })
`
