import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { TestDatabase } from '../support/cluster'
import { createTestDatabase } from '../support/database'
import { startMusterOn, type TestMuster } from '../support/muster'

const folder = mkdtempSync(join(tmpdir(), 'muster-decode-'))
let database: TestDatabase
let muster: TestMuster | undefined

beforeAll(async () => {
  database = await createTestDatabase()
})
afterEach(() => muster?.stop())
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await database.drop()
})

/** A Muster whose threads do this with every body. */
async function startWith(work: string): Promise<TestMuster> {
  const decodeWorker = join(folder, 'worker.mjs')
  writeFileSync(
    decodeWorker,
    `import { parentPort } from 'node:worker_threads'\nparentPort.on('message', () => { ${work} })`,
  )
  muster = await startMusterOn(database.url, {}, { decodeWorker })
  return muster
}

const report = (muster: TestMuster, message: string) =>
  muster.fetch('/api/events', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ type: 'noted', project: 'p', message }),
  })

test.each([
  ['takes too long', 'for (;;);', 413, /takes too long to read/],
  ['ends its thread', 'process.exit()', 500, /went wrong/],
])(
  'a large body that %s is refused, and small ones are taken',
  { timeout: 60_000 },
  async (_, work, status, words) => {
    const muster = await startWith(work)
    const large = report(muster, 'x'.repeat(70_000))
    expect((await report(muster, 'small')).status).toBe(201)
    const refused = await large
    expect(refused.status).toBe(status)
    expect(((await refused.json()) as { error: string }).error).toMatch(words)
  },
)

test('Muster stops while a large body is being read', async () => {
  const muster = await startWith('for (;;);')
  const large = report(muster, 'x'.repeat(70_000)).catch((error: Error) => error)
  expect((await report(muster, 'small')).status).toBe(201)
  await muster.stop()
  const outcome = await large
  expect(outcome instanceof Error || outcome.status === 503).toBe(true)
})
