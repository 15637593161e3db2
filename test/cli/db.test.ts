import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runStatement } from '../../src/db/ensure-database'
import { createScratch, type Scratch } from '../support/embedded-scratch'
import { createTestHome, type TestHome } from '../support/home'

const TEST_LIMIT_MS = 120_000

let home: TestHome
let scratch: Scratch

beforeEach(async () => {
  home = await createTestHome()
  scratch = await createScratch()
})
afterEach(async () => {
  await scratch.remove()
  await home.remove()
})

const run = (args: string[], more: Record<string, string> = {}) => {
  const env = { MUSTER_DATA_DIR: path.join(scratch.folder, 'one'), MUSTER_CONFIG: '/dev/null' }
  return home.run(['db', ...args], { env: { ...env, ...more } })
}

test.each([
  [[], 'Say what to do: url'],
  [['address'], 'There is no “address” here: url'],
  [['url', 'more'], 'There is no use for “more”'],
])('db %j is not understood: %s', async (args, message) => {
  expect(await run(args)).toBe(2)
  expect(home.complained.join('\n')).toContain(message)
})

test('the address of the database is told while Muster runs, and without the password', {
  timeout: TEST_LIMIT_MS,
}, async () => {
  expect(await run(['url'])).toBe(1)
  expect(home.complained.join()).toMatch(/No Muster runs on .*one, .*MUSTER_DATA_DIR/)
  const server = await scratch.start('one')
  expect(await run(['url'])).toBe(0)
  const [address = ''] = home.printed
  const { password } = new URL(server.url)
  expect(password).not.toBe('')
  expect(address).not.toContain(password)
  // With the password that is in the file, as psql reads it.
  const opened = new URL(address)
  opened.password = password
  expect((await runStatement(opened.href, 'SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

test('with a DATABASE_URL it is that', async () => {
  const own = 'postgres://me@db.example/muster'
  expect(await run(['url'], { DATABASE_URL: own })).toBe(0)
  expect(home.printed).toEqual([own])
})
