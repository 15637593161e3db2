import { readFileSync } from 'node:fs'
import path from 'node:path'
import { runPackage } from './script.mjs'
import { unitFiles } from './slowest.mjs'

/**
 * Runs the units and database tests, all or those of some paths, counts them and takes the seconds
 * of their files. `reports` is a folder for what vitest writes; `node` another Node than the one
 * that runs this.
 */
export async function runUnits(args, { reports, node }) {
  const file = path.join(reports, 'units.json')
  const output = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const options = node && {
    node,
    // What the tests start by name is of the same version.
    env: { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}` },
  }
  const { code } = await runPackage('vitest', 'vitest', ['run', ...output, ...args], options)
  const report = readReport(file, 'vitest')
  // A file that could not be loaded has failed without having a test that did.
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  )
  return settle(code, {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded.length,
    skipped: report.numPendingTests + report.numTodoTests,
    files: unitFiles(report),
  })
}

export function readReport(file, name) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    throw new Error(`${name} ended without a report (see above).`)
  }
}

/** A failing exit code counts even if no test failed, and so does a run of no tests. */
export function settle(code, counts) {
  if (counts.failed > 0) return counts
  if (code === 0 && counts.passed > 0) return counts
  console.error(code === 0 ? 'No test was run.' : `The run ended with exit code ${code}.`)
  return { ...counts, failed: 1 }
}
