import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { askSecret } from '../../src/cli/ask-secret'
import { createTestDatabase } from '../support/database'
import { createTestHome, type TestHome } from '../support/home'
import { sendLogin } from '../support/login'
import { startMusterOn } from '../support/muster'
import { logInAs } from '../support/people'
import { until } from '../support/wait'

let home: TestHome

beforeEach(async () => {
  home = await createTestHome()
})
afterEach(() => home.remove())

test.each<[string[], string]>([
  [[], 'Say what to do: create, list, password'],
  [['create', '--role', 'admin'], 'Give the address: --email'],
  [['create', '--email', 'a@b.c'], '--role has to be one of viewer, member, admin'],
  [['create', '--email', 'a@b.c', '--role', 'boss'], '--role has to be one of'],
  [['create', 'a@b.c', '--role', 'admin'], 'There is no use for “a@b.c”'],
  [['list', 'all'], 'There is no use for “all”'],
  [['password'], 'Name one person'],
])('user %j is not understood: %s', async (args, message) => {
  expect(await home.run(['user', ...args])).toBe(2)
  expect(home.complained.join('\n')).toContain(message)
})

test('accounts are made and listed while Muster runs, which asks for a login from then on', async () => {
  const database = await createTestDatabase()
  const env = { DATABASE_URL: database.url, MUSTER_CONFIG: '/dev/null' }
  const run = (args: string[], password = 'a password that nobody guesses') =>
    home.run(['user', ...args], { env, askSecret: async () => password })
  const muster = await startMusterOn(database.url)
  expect((await muster.fetch('/')).status).toBe(200)
  expect(await run(['list'])).toBe(0)
  expect(home.printed).toEqual(['Nobody has an account.'])
  expect(await run(['create', '--email', 'eve@example.org', '--role', 'member'])).toBe(1)
  expect(home.complained.join()).toContain('The first account has to be that of an administrator')
  expect(await run(['create', '--email', 'ada@example.org', '--role', 'admin'], 'short')).toBe(1)
  expect(home.complained.join()).toContain('12 to 128 characters')
  expect(await run(['create', '--email', 'ada@example.org', '--role', 'admin'])).toBe(0)
  expect(home.printed).toEqual(['ada@example.org can log in.'])
  await until('the server hears of it', () => !muster.services.access.isOpen, 5_000)
  expect((await muster.fetch('/', { redirect: 'manual' })).status).toBe(401)
  const cookie = await logInAs(muster, 'ada')
  expect((await muster.fetch('/', { headers: cookie })).status).toBe(200)
  expect(await run(['list'])).toBe(0)
  expect(home.printed).toEqual(['ada  ada@example.org  admin  all projects'])
  expect(await run(['password', 'ada'])).toBe(0)
  const [password = ''] = home.printed
  expect((await muster.fetch('/', { headers: cookie, redirect: 'manual' })).status).toBe(401)
  expect((await sendLogin(muster, { login: 'ada', password })).status).toBe(200)
  expect(await run(['password', 'nobody'])).toBe(1)
  await muster.stop()
  await database.drop()
})

test('a server that others can reach does not start before there is an account or a token', async () => {
  const database = await createTestDatabase()
  const start = () => startMusterOn(database.url, { HOST: '0.0.0.0' })
  await expect(start()).rejects.toThrow(/MUSTER_TOKEN[\s\S]*muster user create/)
  const env = { DATABASE_URL: database.url, MUSTER_CONFIG: '/dev/null', HOST: '0.0.0.0' }
  const askSecret = async () => 'a password that nobody guesses'
  const args = ['user', 'create', '--email', 'ada@example.org', '--role', 'admin']
  expect(await home.run(args, { env, askSecret })).toBe(0)
  const muster = await start()
  await muster.stop()
  await (
    await startMusterOn(database.url, { HOST: '0.0.0.0', MUSTER_TOKEN: 'x'.repeat(20) })
  ).stop()
  await database.drop()
})

test('a password is read without being shown, or from standard input', async () => {
  for (const isTTY of [true, false]) {
    const stdin = Object.assign(new PassThrough(), { isTTY, setRawMode: () => stdin })
    const stderr = new PassThrough()
    const asked = askSecret('Password: ', { stdin, stderr } as never)
    stdin.write('correct horse\nmore\n')
    expect(await asked).toBe('correct horse')
    expect(stderr.read()?.toString() ?? '').toBe(isTTY ? 'Password: \n' : '')
  }
})
