import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { projectPath } from '../../src/config/project-path'

const ROOMS = 'src|views|test|e2e|migrations|public|docs|scripts|bench|bin'
/** A path that a text names; one with a placeholder like <page> is a pattern. */
const PATH = new RegExp(`(?<![\\w./-])(?:${ROOMS})/[\\w./<>-]*[\\w/]`, 'g')

test.each(['CONTRIBUTING.md', 'docs/glossary.md', 'docs/adapters.md', 'README.md'])(
  'every path that %s names exists',
  (file) => {
    const text = readFileSync(projectPath(file), 'utf8')
    const named = [...text.matchAll(PATH)].map(([path]) => path)
    const paths = named.filter((path) => !path.includes('<') && !isMade(path))
    const missing = paths.filter((path) => !existsSync(projectPath(path)))
    expect(missing).toEqual([])
    if (file === 'CONTRIBUTING.md') expect(paths.length).toBeGreaterThan(40)
  },
)

test('the glossary has at most 20 entries', () => {
  const rows = readFileSync(projectPath('docs/glossary.md'), 'utf8').match(/^\| .*`src\/.* \|$/gm)
  expect(rows?.length).toBeGreaterThan(10)
  expect(rows?.length).toBeLessThanOrEqual(20)
})

/** Examples of files that a reader would write. */
function isMade(path: string): boolean {
  return path === 'src/ingest/gemini.ts'
}
