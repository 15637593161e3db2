import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { projectPath } from '../../src/config/project-path'
import { sharedMuster, type TestMuster } from '../support/muster'

const files = ['docs/api.md', 'docs/debates.md', 'README.md']
const commands = files.flatMap((file) =>
  [...readFileSync(projectPath(file), 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)]
    .map((match) => match[1] ?? '')
    .filter((text) => text.includes('curl'))
    .map((text) => ({ file, text })),
)
/** curl ends a stream that would go on for ever; that is how it says so. */
const TIMED_OUT = 28

let muster: TestMuster

beforeAll(async () => {
  muster = await sharedMuster()
})
afterAll(() => muster.stop())

test('there are lines to try', () => expect(commands.length).toBeGreaterThan(8))

// Every line of the documents is run as a reader would; Windows has no sh.
test.runIf(process.platform !== 'win32').each(commands)('$file: $text', async ({ text }) => {
  const line = text
    .replaceAll('http://127.0.0.1:4690', muster.address)
    .replace('curl ', 'curl --fail-with-body -m 2 ')
  const { code, output } = await run(line)
  expect([0, TIMED_OUT], output).toContain(code)
  expect(output).not.toBe('')
})

function run(line: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', line])
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk
      })
    }
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output }))
  })
}
