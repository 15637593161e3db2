import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { projectPath } from '../config/project-path'
import { createRedaction } from './redact'

const redact = createRedaction({ defaults: true, patterns: [], paths: [] })
const read = (name: string) => readFileSync(projectPath('test/fixtures', name), 'utf8')

test.each(['claude-code.jsonl', 'codex.jsonl'])(
  'of %s, in which no secret is, nothing is taken out',
  (name) => {
    for (const line of read(name).trim().split('\n')) {
      expect(redact(JSON.parse(line))).toEqual(JSON.parse(line))
    }
  },
)

test('of telemetry, with all its names of tokens, nothing is taken out', () => {
  const body = JSON.parse(read('otlp-logs.json'))
  expect(redact(body)).toEqual(body)
})
