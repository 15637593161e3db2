import path from 'node:path'
import { root } from './root.mjs'

/** Seconds of each file of a report of vitest: from its first test's start to its last one's end. */
export function unitFiles({ testResults }) {
  return testResults.map(({ name, startTime, endTime }) => ({
    file: path.relative(root, name).replaceAll('\\', '/'),
    seconds: (endTime - startTime) / 1000,
  }))
}

/** Seconds of each file of a report of Playwright: its tests together, which may run side by side. */
export function browserFiles({ config, suites }) {
  const folder = path.relative(root, config.rootDir).replaceAll('\\', '/')
  return suites.map((suite) => ({
    file: path.posix.join(folder, suite.file),
    seconds: runsOf(suite).reduce((sum, { duration }) => sum + duration, 0) / 1000,
  }))
}

function runsOf({ specs = [], suites = [] }) {
  const own = specs.flatMap(({ tests }) => tests.flatMap(({ results }) => results))
  return [...own, ...suites.flatMap(runsOf)]
}

/** A line for each of the slowest files, the slowest first. */
export function slowest(files, count = 10) {
  return [...files]
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, count)
    .map(({ file, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${file}`)
}
