import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { root } from './root.mjs'

/** One line that says how much of each folder the tests have run, from a `json-summary`. */
export function linesCovered(file, folders) {
  if (!existsSync(file)) return 'Lines covered: not measured, for tests failed'
  const files = Object.entries(JSON.parse(readFileSync(file, 'utf8')))
  const figures = folders.map((folder) => {
    const inside = path.join(root, folder) + path.sep
    const lines = files.filter(([name]) => name.startsWith(inside)).map(([, { lines }]) => lines)
    const [covered, total] = ['covered', 'total'].map((key) =>
      lines.reduce((sum, counts) => sum + counts[key], 0),
    )
    return `${folder} ${((100 * covered) / Math.max(1, total)).toFixed(1)} %`
  })
  return `Lines covered: ${figures.join(', ')}`
}
