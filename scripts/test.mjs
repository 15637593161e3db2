import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ensureBrowser } from './browser.mjs'
import { build } from './build.mjs'
import { check } from './check.mjs'
import { linesCovered } from './coverage.mjs'
import { ensureInstalled } from './install.mjs'
import { runPackage, runScript } from './script.mjs'
import { browserFiles, slowest } from './slowest.mjs'
import { readReport, runUnits, settle } from './units.mjs'

const reports = mkdtempSync(path.join(tmpdir(), 'muster-reports-'))
/**
 * At least 80 % of their lines have to be run, by tests of their own. The others run apart: V8 slows
 * down whatever it counts, and some of those tests look at the clock.
 */
const COVERED = ['src/stream', 'src/log']
const total = { passed: 0, failed: 0, skipped: 0 }
const files = []

await runScript(async () => {
  await ensureInstalled({ dev: true })
  await stage('Types, lint and format', check)
  await stage('Streams and the log', runCovered)
  await stage('Units and database', runOthers)
  await stage('Build', runBuild)
  await stage('Browser', runBrowserTests)
})
rmSync(reports, { recursive: true, force: true })
console.log(`\n== The slowest files\n${slowest(files).join('\n')}\n`)

// Nothing may be printed after this line.
if (process.exitCode && total.failed === 0) total.failed = 1
if (total.failed > 0) process.exitCode = 1
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`)

/** Adds up what a stage counted. A stage that breaks counts as one failure; the next ones run. */
async function stage(title, work) {
  console.log(`\n== ${title}`)
  const startedAt = performance.now()
  let counts
  try {
    counts = await work()
  } catch (error) {
    console.error(error.message)
    counts = { passed: 0, failed: 1, skipped: 0 }
  }
  for (const key of Object.keys(total)) total[key] += counts[key]
  files.push(...(counts.files ?? []))
  console.log(`-- ${title}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
}

async function runCovered() {
  const coverage = path.join(reports, 'coverage')
  const args = [...COVERED, '--coverage', `--coverage.reportsDirectory=${coverage}`]
  const counts = await runUnits(args, { reports })
  console.log(linesCovered(path.join(coverage, 'coverage-summary.json'), COVERED))
  return counts
}

function runOthers() {
  return runUnits(
    COVERED.map((folder) => `--exclude=${folder}/**`),
    { reports },
  )
}

async function runBuild() {
  await build()
  return { passed: 0, failed: 0, skipped: 0 }
}

async function runBrowserTests() {
  const browser = await ensureBrowser()
  console.log(`Browser: ${browser ?? 'the one of Playwright'}`)
  const file = path.join(reports, 'browser.json')
  const { code } = await runPackage('playwright', 'playwright', ['test', '--reporter=line,json'], {
    env: {
      ...process.env,
      ...(browser && { MUSTER_BROWSER: browser }),
      PLAYWRIGHT_JSON_OUTPUT_NAME: file,
    },
  })
  const report = readReport(file, 'playwright')
  const { stats, errors } = report
  return settle(code, {
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected + errors.length,
    skipped: stats.skipped,
    files: browserFiles(report),
  })
}
