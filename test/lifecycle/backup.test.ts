import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { within } from '../support/deadline'
import { storedSummaries, untilStored } from '../support/reports'
import { TestStage } from '../support/stage'

const TEST_LIMIT_MS = 120_000

let stage: TestStage

beforeAll(async () => {
  stage = await TestStage.create()
})
afterEach(() => stage.end())
afterAll(() => stage.remove())

test('a Muster is backed up while it runs, restored when it has ended, and readers start anew', {
  timeout: TEST_LIMIT_MS,
}, async () => {
  const env = { MUSTER_DATA_DIR: stage.newDataDir() }
  const muster = (...args: string[]) =>
    stage.run(process.execPath, [path.join('dist', 'cli', 'muster.js'), ...args], env).ends()
  const server = stage.serve(env)
  const address = await server.address()
  await untilStored(address, 'before the backup')
  const file = path.join(stage.folder, 'all.muster')
  expect(await muster('backup', file)).toMatchObject({ code: 0 })
  const lost = await untilStored(address, 'after the backup')
  const refused = await muster('restore', file, '--replace')
  expect(refused.code).toBe(1)
  expect(refused.printed).toMatch(
    `Another Muster (process ${server.pid} at ${address}) uses ${env.MUSTER_DATA_DIR}: stop it`,
  )
  server.kill('SIGTERM')
  await server.ends()

  expect(await muster('restore', file, '--replace')).toMatchObject({ code: 0 })
  const next = await stage.serve(env).address()
  await untilStored(next, 'after the restore')
  expect(await storedSummaries(next)).toEqual(['before the backup', 'after the restore'])
  expect(await firstFrames(next, lost)).toMatch(/event: reset\n.*"reason":"expired"/s)
})

/** What somebody is told who comes back with a cursor. */
async function firstFrames(address: string, cursor: number): Promise<string> {
  const stop = new AbortController()
  const { body } = await fetch(`${address}/api/events?last_event_id=${cursor}`, {
    headers: { Accept: 'text/event-stream' },
    signal: stop.signal,
  })
  if (!body) throw new Error('The stream has no body')
  let text = ''
  const read = async () => {
    for await (const chunk of body) {
      text += Buffer.from(chunk).toString()
      if (/event: \w+.*\n\n/s.test(text)) return text
    }
    return text
  }
  return within('the first frame comes', read()).finally(() => stop.abort())
}
