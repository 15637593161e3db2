import { readFileSync } from 'node:fs'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { projectPath } from '../config/project-path'
import type { Report } from '../fleet/report'

const page = readFileSync(projectPath('docs', 'adapters.md'), 'utf8')

function blockOf(language: string): string {
  const [, block] = new RegExp(`\`\`\`${language}\n([^\`]+)\`\`\``).exec(page) ?? []
  if (!block) throw new Error(`docs/adapters.md has no block of ${language}`)
  return block
}

test('the adapter in docs/adapters.md makes of its payload what the page says', async () => {
  const { outputFiles } = await build({
    stdin: { contents: blockOf('ts'), resolveDir: projectPath('src', 'ingest'), loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
    logLevel: 'error',
  })
  const code = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64')
  const { parseGeminiHook } = await import(`data:text/javascript;base64,${code}`)
  const report: Report = parseGeminiHook(JSON.parse(blockOf('json')), { host: null })
  expect(report).toMatchObject({
    reporter: 'gemini',
    project: { name: 'kelp-docs' },
    agent: { key: 'gemini/g-4471b0', parentKey: null },
    signal: { kind: 'turn_finished', message: 'All three links are fixed.' },
    event: { type: 'turn_detected', summary: 'All three links are fixed.' },
  })
})

test('the files that docs/adapters.md names are there', () => {
  const names = [...page.matchAll(/`(src\/[\w/.-]+\.ts)`/g)].map(([, name]) => name ?? '')
  expect(names.length).toBeGreaterThan(5)
  for (const name of names) expect(readFileSync(projectPath(name), 'utf8')).not.toBe('')
})
