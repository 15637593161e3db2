import pg from 'pg'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { StreamClient } from '../support/client'
import type { TestDatabase } from '../support/cluster'
import { createTestDatabase } from '../support/database'
import { collectLog } from '../support/log-lines'
import { startMusterOn, type TestMuster } from '../support/muster'
import { until } from '../support/wait'

let database: TestDatabase
let muster: TestMuster
let holder: pg.Client
let collected: ReturnType<typeof collectLog>

beforeEach(async () => {
  database = await createTestDatabase()
  collected = collectLog()
  muster = await startMusterOn(database.url, { LOG_LEVEL: 'info' }, { log: collected.log })
  holder = new pg.Client({ connectionString: database.url, application_name: 'nightly job' })
  await holder.connect()
})
afterEach(async () => {
  await holder.end()
  await muster.stop()
  await database.drop()
})

async function health() {
  return (await (await muster.fetch('/health')).json()) as Record<string, unknown>
}

function report() {
  return muster.fetch('/api/events', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ type: 'noted', project: 'p', agent: 'a' }),
  })
}

const noticesOf = ({ events }: StreamClient) =>
  events.flatMap(({ event, data }) => (event === 'error' ? [JSON.parse(data)] : []))

it('a transaction that holds the log is named in health, page, log and refusals, until it ends', async () => {
  const page = await StreamClient.open(`${muster.address}/live?topic=board`)
  const { rows } = await holder.query('SELECT pg_backend_pid() AS pid')
  const { pid } = rows[0]
  await holder.query('BEGIN')
  await holder.query(`SELECT pg_advisory_xact_lock(hashtext('muster.events'))`)
  const waiting = report()
  await until('health names it', async () => (await health()).database === 'locked')
  const named = `Another transaction holds the log: pid ${pid}, nightly job, since 2`
  expect(await health()).toMatchObject({
    status: 'degraded',
    database: 'locked',
    database_message: expect.stringContaining(named),
    database_locks: [
      {
        pid,
        application: 'nightly job',
        user: expect.any(String),
        state: 'idle in transaction',
        since: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      },
    ],
  })
  const refused = await waiting
  expect(refused.status).toBe(503)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  const { error } = (await refused.json()) as { error: string }
  expect(error).toContain(named)
  await page.receives('the notice', () => noticesOf(page).length > 0)
  expect(noticesOf(page)[0]).toEqual({
    error_type: 'database_locked',
    message: expect.stringContaining(named),
  })
  const told = collected.lines.filter(({ msg }) =>
    msg.startsWith('Another transaction holds the log'),
  )
  expect(told).toHaveLength(1)
  // What it does is nobody's business: no text of a query.
  expect(JSON.stringify([told, await health(), error])).not.toMatch(/advisory|SELECT/i)
  // Nobody waits any more, and it is still there.
  expect((await health()).database).toBe('locked')
  await holder.query('COMMIT')
  await until('health is well again', async () => (await health()).status === 'ok')
  expect((await report()).status).toBe(201)
  await page.receives('the end', () => noticesOf(page).at(-1)?.error_type === 'database_back')
  expect(collected.lines.some(({ msg }) => msg === 'the database takes reports again')).toBe(true)
  page.close()
})

it('so is one that holds the row of a session that reports', async () => {
  expect((await report()).status).toBe(201)
  await holder.query(`BEGIN; SELECT FROM agents WHERE name = 'a' FOR UPDATE`)
  const waiting = report()
  await until('health names it', async () => (await health()).database === 'locked')
  expect(await health()).toMatchObject({ database_locks: [{ application: 'nightly job' }] })
  await holder.query('ROLLBACK')
  expect([201, 503]).toContain((await waiting).status)
  await until('health is well again', async () => (await health()).status === 'ok')
})

it('reports that wait for each other are no trouble', async () => {
  await Promise.all(Array.from({ length: 50 }, report))
  expect(await health()).toMatchObject({ status: 'ok', database: 'ok' })
  expect(muster.services.troubleWatch.trouble).toBeNull()
})

it('who may not read everything learns neither of the lock nor of who holds it', async () => {
  const locked = await startMusterOn(database.url, { MUSTER_TOKEN: 'x'.repeat(40) })
  try {
    locked.services.troubleWatch.note(Object.assign(new Error('disk'), { code: '53100' }))
    expect(await (await locked.fetch('/health')).json()).toEqual({
      status: 'degraded',
      version: expect.any(String),
    })
  } finally {
    await locked.stop()
  }
})
