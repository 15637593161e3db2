import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ensureBrowser } from './browser.mjs'
import { build } from './build.mjs'
import { check } from './check.mjs'
import { linesCovered } from './coverage.mjs'
import { ensureInstalled } from './install.mjs'
import { runPackage, runScript } from './script.mjs'

const reports = mkdtempSync(path.join(tmpdir(), 'muster-reports-'))
const total = { passed: 0, failed: 0, skipped: 0 }

await runScript(async () => {
  await ensureInstalled({ dev: true })
  await stage('Types, lint and format', check)
  await stage('Units and database', runUnits)
  await stage('Build', runBuild)
  await stage('Browser', runBrowserTests)
})
rmSync(reports, { recursive: true, force: true })

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
  console.log(`-- ${title}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
}

async function runUnits() {
  const file = path.join(reports, 'units.json')
  const coverage = path.join(reports, 'coverage')
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  args.push('--coverage', `--coverage.reportsDirectory=${coverage}`)
  const { code } = await runPackage('vitest', 'vitest', args)
  console.log(linesCovered(path.join(coverage, 'coverage-summary.json'), ['src/stream', 'src/log']))
  const report = readReport(file, 'vitest')
  // A file that could not be loaded has failed without having a test that did.
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  )
  return settle(code, {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded.length,
    skipped: report.numPendingTests + report.numTodoTests,
  })
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
  const { stats, errors } = readReport(file, 'playwright')
  return settle(code, {
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected + errors.length,
    skipped: stats.skipped,
  })
}

function readReport(file, name) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    throw new Error(`${name} ended without a report (see above).`)
  }
}

/** An exit code that tells of a failure counts even if no test does, and so does a run of none. */
function settle(code, counts) {
  if (counts.failed > 0) return counts
  if (code === 0 && counts.passed > 0) return counts
  console.error(code === 0 ? 'No test was run.' : `The run ended with exit code ${code}.`)
  return { ...counts, failed: 1 }
}
