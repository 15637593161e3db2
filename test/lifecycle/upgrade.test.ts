import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { FIRST, FIRST_BACKUP, unpackFirstData } from '../support/first-data'
import { TestStage } from '../support/stage'

const TEST_LIMIT_MS = 120_000

let stage: TestStage

beforeAll(async () => {
  stage = await TestStage.create()
})
afterEach(() => stage.end())
afterAll(() => stage.remove())

test('data of version 0.1.0 is upgraded by a start: states, log, debate, view, token and password', {
  timeout: TEST_LIMIT_MS,
}, async () => {
  const MUSTER_DATA_DIR = stage.newDataDir()
  await unpackFirstData(MUSTER_DATA_DIR)
  const address = await stage.serve({ MUSTER_DATA_DIR }).address()
  await expectFirst(address)

  const reported = await get(address, '/api/events', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ project: 'harbour', agent: 'builder', type: 'note', message: 'Later' }),
  })
  expect(reported.status).toBe(201)
})

test('a backup of version 0.1.0 is restored whole', { timeout: TEST_LIMIT_MS }, async () => {
  const env = { MUSTER_DATA_DIR: stage.newDataDir() }
  const args = [path.join('dist', 'cli', 'muster.js'), 'restore', FIRST_BACKUP]
  const { code, printed } = await stage.run(process.execPath, args, env).ends()
  expect(code, printed).toBe(0)
  await expectFirst(await stage.serve(env).address())
})

async function expectFirst(address: string): Promise<void> {
  const history = await json(address, '/api/events/history?types=build.finished,build.failed')
  expect(history.events.map(({ summary }: { summary: string }) => summary)).toEqual([
    'Two tests failed',
    'All parts are built',
  ])

  const debate = await json(address, `/api/debates/${FIRST.debate}/transcript`)
  expect(JSON.stringify(debate)).toContain('It takes four seconds.')
  const views = await json(address, '/api/v2/configurations')
  expect(JSON.stringify(views)).toContain(FIRST.view)

  const login = await fetch(`${address}/login`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: address },
    body: new URLSearchParams({ login: FIRST.email, password: FIRST.password }),
  })
  expect(login.status).toBe(303)
  const cookie = login.headers.getSetCookie().map((text) => text.split(';')[0])
  const board = await fetch(address, { headers: { Cookie: cookie.join('; ') } })
  expect(board.status).toBe(200)
  const marks = (await board.text()).matchAll(
    /data-agent-session="(builder|tester)" data-agent-id="\d+" data-state="(\w+)"/g,
  )
  expect(Object.fromEntries([...marks].map(([, name, state]) => [name, state]))).toEqual({
    builder: 'complete',
    tester: 'errored',
  })
}

function get(address: string, route: string, init: RequestInit = {}): Promise<Response> {
  const headers = { ...init.headers, Authorization: `Bearer ${FIRST.token}` }
  return fetch(`${address}${route}`, { ...init, headers })
}

async function json(address: string, route: string) {
  const response = await get(address, route)
  const text = await response.text()
  expect(response.status, text).toBe(200)
  return JSON.parse(text)
}
