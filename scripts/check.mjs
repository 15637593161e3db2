import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureInstalled } from './install.mjs'
import { root } from './root.mjs'
import { runChild, runPackage, runScript } from './script.mjs'

const CHECKS = [
  ['types', 'typescript', 'tsc', ['-p', '.']],
  ['types of the browser’s script', 'typescript', 'tsc', ['-p', 'src/browser']],
  ['types of the browser tests', 'typescript', 'tsc', ['-p', 'e2e']],
  ['lint and format', '@biomejs/biome', 'biome', ['check', '--error-on-warnings', '.']],
]

const QUIET = { quiet: true }

/** Types, lint, format and the lock file. Prints what is wrong, and returns how many checks passed and failed. */
export async function check() {
  const lockFile = path.join(root, 'scripts/lock-file.mjs')
  const runs = [
    ...CHECKS.map(([title, name, bin, args]) => [title, runPackage(name, bin, args, QUIET)]),
    ['integrity of the lock file', runChild(process.execPath, [lockFile], QUIET)],
  ].map(async ([title, running]) => {
    const { code, printed } = await running
    console.log(code === 0 ? `ok      ${title}` : `failed  ${title}\n${printed.trimEnd()}`)
    return code === 0
  })
  const outcomes = await Promise.all(runs)
  const passed = outcomes.filter(Boolean).length
  return { passed, failed: outcomes.length - passed, skipped: 0 }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runScript(async () => {
    await ensureInstalled({ dev: true })
    const { failed } = await check()
    if (failed > 0) process.exitCode = 1
  })
}
