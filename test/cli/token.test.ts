import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Tokens } from '../../src/access/tokens'
import { connectDatabase } from '../../src/db/connect'
import { runStatement } from '../../src/db/ensure-database'
import { migrate } from '../../src/db/migrate'
import { createTestDatabase } from '../support/database'
import { createScratch, type Scratch } from '../support/embedded-scratch'
import { createTestHome, type TestHome } from '../support/home'

const TEST_LIMIT_MS = 120_000

let home: TestHome

beforeEach(async () => {
  home = await createTestHome()
})
afterEach(() => home.remove())

test.each<[string[], string]>([
  [[], 'Say what to do: create, list, revoke'],
  [['make'], 'There is no “make” here'],
  [['create', '--rights', 'read'], 'Give it a name'],
  [['create', '--name', 'x'], '--rights has to be some of report, read, admin'],
  [['create', '--name', 'x', '--rights', 'read,write'], '--rights has to be some of'],
  [['create', '--name', 'x', '--rights', 'read', '--expires', '3'], '--expires has to be like'],
  [['create', '--name', 'x', '--rights', 'read', '--expires', '0d'], '--expires has to be like'],
  [['create', 'x', '--rights', 'read'], 'There is no use for “x”'],
  [['create', '--force'], "Unknown option '--force'"],
  [['list', 'all'], 'There is no use for “all”'],
  [['revoke'], 'Name one token by its id'],
  [['revoke', 'robot'], '“robot” is no id of a token'],
])('token %j is not understood: %s', async (args, message) => {
  expect(await home.run(['token', ...args])).toBe(2)
  expect(home.complained.join('\n')).toContain(message)
})

test('tokens are made, listed and revoked in the database of DATABASE_URL', async () => {
  const database = await createTestDatabase()
  await runStatement(
    database.url,
    `INSERT INTO projects (key, slug, name) VALUES ('o', 'orchard', 'O')`,
  )
  const env = { DATABASE_URL: database.url, MUSTER_CONFIG: '/dev/null' }
  const run = (...args: string[]) => home.run(['token', ...args], { env })
  expect(await run('list')).toBe(0)
  expect(home.printed).toEqual(['There is no token.'])
  const bound = ['--project', 'orchard', '--expires', '90d']
  expect(await run('create', '--name', 'ci', '--rights', 'report', ...bound)).toBe(0)
  const [text = ''] = home.printed
  expect(text).toMatch(/^muster_[\w-]{43}$/)
  const db = connectDatabase(database.url, { max: 1 })
  expect(await new Tokens(db).find(text)).toMatchObject({
    rights: { may: ['report'], projectIds: [1] },
    expiresAt: expect.closeTo(Date.now() + 90 * 86_400_000, -6),
  })
  expect(await run('create', '--name', 'CI', '--rights', 'report')).toBe(1)
  expect(home.complained).toEqual(['There is a token of this name already'])
  expect(await run('create', '--name', 'x', '--rights', 'read', '--project', 'nowhere')).toBe(1)
  expect(home.complained.join()).toContain('There is no project “nowhere”')
  expect(await run('list')).toBe(0)
  expect(home.printed).toEqual([
    expect.stringMatching(/^[0-9a-f-]{36} {2}ci {2}report {2}orchard {2}used \S+Z {2}ends \S+Z$/),
  ])
  const id = home.printed[0]?.split(' ')[0] ?? ''
  expect(await run('revoke', id)).toBe(0)
  expect(home.printed).toEqual(['“ci” is revoked.'])
  expect(await new Tokens(db).find(text)).toBeNull()
  expect(await run('revoke', id)).toBe(1)
  const events = await db.selectFrom('events').select(['type', 'actor_id']).orderBy('id').execute()
  expect(events).toEqual([
    { type: 'access.token_created', actor_id: 'cli' },
    { type: 'access.token_revoked', actor_id: 'cli' },
  ])
  await db.destroy()
  await database.drop()
})

test('tokens are made in the database that Muster runs itself, while it runs or not', {
  timeout: TEST_LIMIT_MS,
}, async () => {
  const scratch: Scratch = await createScratch()
  const env = { MUSTER_DATA_DIR: path.join(scratch.folder, 'one'), MUSTER_CONFIG: '/dev/null' }
  const create = (name: string) =>
    home.run(['token', 'create', '--name', name, '--rights', 'read'], { env })
  expect(await create('before')).toBe(0)
  const server = await scratch.start('one')
  await migrate(server.url)
  expect(await create('meanwhile')).toBe(0)
  expect(await home.run(['token', 'list'], { env })).toBe(0)
  expect(home.printed.map((line) => line.split(/ {2}/)[1])).toEqual(['meanwhile', 'before'])
  await scratch.remove()
})
