import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import type { TestDatabase } from '../support/cluster'
import { createTestDatabase } from '../support/database'
import { until } from '../support/deadline'
import { startTestProxy } from '../support/proxy'
import { report, storedSummaries, untilStored } from '../support/reports'
import { TestStage } from '../support/stage'

const TEST_LIMIT_MS = 120_000

let stage: TestStage
let database: TestDatabase

beforeAll(async () => {
  stage = await TestStage.create()
  database = await createTestDatabase()
})
afterEach(() => stage.end())
afterAll(async () => {
  await stage.remove()
  await database.drop()
})

test.each([
  ['password', 'does not let the user "muster" in'],
  ['pathname', 'There is no database "orchard"'],
] as const)('a wrong %s ends the start with one sentence', async (part, sentence) => {
  const url = new URL(inject('clusterUrl'))
  url[part] = '/orchard'
  const { code, printed } = await stage.serve({ DATABASE_URL: url.href }).ends()
  expect(code).toBe(1)
  expect(printed).toContain(sentence)
  expect(printed.trimEnd().split('\n')).toHaveLength(1)
  expect(printed).not.toContain(new URL(inject('clusterUrl')).password)
})

test('a Muster waits for a database that is down, and starts when it comes up', {
  timeout: TEST_LIMIT_MS,
}, async () => {
  const proxy = await startTestProxy(database.url)
  await proxy.close()
  const server = stage.serve({ DATABASE_URL: proxy.url })
  await server.prints(/^Waiting for the database at 127\.0\.0\.1:\d+ \(nothing listens there\)/m)
  const back = await startTestProxy(database.url, Number(new URL(proxy.url).port))
  const address = await server.address()
  await untilStored(address, 'served')
  server.kill('SIGTERM')
  await server.ends()
  await back.close()
})

test('a stop ends the wait for a database', { timeout: TEST_LIMIT_MS }, async () => {
  const server = stage.serve({ DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/x' })
  await server.prints(/Waiting for the database/)
  server.kill('SIGTERM')
  const { code, printed } = await server.ends()
  expect(code).toBe(0)
  expect(printed.trimEnd().split('\n')).toHaveLength(1)
})

test('a database that is down for a while is told to reporters, and is back by itself', {
  timeout: TEST_LIMIT_MS,
}, async () => {
  const proxy = await startTestProxy(database.url)
  const server = stage.serve({ DATABASE_URL: proxy.url })
  const address = await server.address()
  await untilStored(address, 'before the fault')
  await proxy.close()
  const refused = await report(address, 'during the fault')
  expect(refused).toMatchObject({ status: 503, retryAfter: expect.stringMatching(/^\d+$/) })
  const status = async () => {
    const response = await fetch(`${address}/health`)
    return `${response.status} ${((await response.json()) as { status: string }).status}`
  }
  await until('health says so', async () => (await status()) === '200 degraded')
  const back = await startTestProxy(database.url, Number(new URL(proxy.url).port))
  await untilStored(address, 'after the fault')
  await until('health is well', async () => (await status()) === '200 ok', 60_000)
  const found = (await storedSummaries(address)).filter((summary) => /the fault$/.test(summary))
  expect(found).toEqual(['before the fault', 'after the fault'])
  server.kill('SIGTERM')
  await server.ends()
  await back.close()
})
