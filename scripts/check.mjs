import { fileURLToPath } from 'node:url'
import { ensureInstalled } from './install.mjs'
import { runPackage, runScript } from './script.mjs'

const CHECKS = [
  ['types', 'typescript', 'tsc', ['-p', '.']],
  ['types of the browser’s script', 'typescript', 'tsc', ['-p', 'src/browser']],
  ['types of the browser tests', 'typescript', 'tsc', ['-p', 'e2e']],
  ['lint and format', '@biomejs/biome', 'biome', ['check', '--error-on-warnings', '.']],
]

/** Types, lint and format. Prints what is wrong, and returns how many checks passed and failed. */
export async function check() {
  const runs = CHECKS.map(async ([title, name, bin, args]) => {
    const { code, printed } = await runPackage(name, bin, args, { quiet: true })
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
