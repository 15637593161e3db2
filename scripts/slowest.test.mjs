import path from 'node:path'
import { expect, it } from 'vitest'
import { root } from './root.mjs'
import { browserFiles, slowest, unitFiles } from './slowest.mjs'

const run = (...durations) => ({
  tests: [{ results: durations.map((duration) => ({ duration })) }],
})

it('takes the seconds of files from a report of vitest', () => {
  const name = path.join(root, 'src', 'log', 'tail.test.ts')
  const files = unitFiles({ testResults: [{ name, startTime: 1_000, endTime: 3_500 }] })
  expect(files).toEqual([{ file: 'src/log/tail.test.ts', seconds: 2.5 }])
})

it('adds up every run of a file in a report of Playwright, those in groups too', () => {
  const group = { suites: [{ specs: [run(100)] }], specs: [run(2_000, 3_000)] }
  const suites = [{ file: 'tabs.spec.ts', specs: [run(400), run(500)], suites: [group] }]
  const files = browserFiles({ config: { rootDir: path.join(root, 'e2e') }, suites })
  expect(files).toEqual([{ file: 'e2e/tabs.spec.ts', seconds: 6 }])
})

it('lists the slowest first, and no more than asked for', () => {
  const files = [1, 12.34, 5].map((seconds) => ({ file: `${seconds}.test.ts`, seconds }))
  expect(slowest(files, 2)).toEqual(['   12.3 s  12.34.test.ts', '    5.0 s  5.test.ts'])
})
