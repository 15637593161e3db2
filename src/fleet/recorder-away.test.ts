import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until, within } from '../../test/support/deadline'
import { createTestFleet, type TestFleet } from '../../test/support/fleet'
import { reportOf } from '../../test/support/report'
import { DatabaseUnavailable, type Recorder } from './recorder'

let fleet: TestFleet

beforeEach(async () => {
  fleet = await createTestFleet()
})

afterEach(() => fleet.end())

test('without a database a sender is told so within about a second', async () => {
  const url = new URL(fleet.url)
  url.port = '1'
  const recorder = fleet.another({ url: url.href })
  const startedAt = performance.now()
  const sent = within('the sender is answered', recorder.record([reportOf()], 1), 5_000)
  await expect(sent).rejects.toThrow(DatabaseUnavailable)
  expect(performance.now() - startedAt).toBeGreaterThan(500)
})

test('a database that comes back within that second is waited for', async () => {
  const proxy = await startProxy(fleet.url)
  try {
    const recorder = fleet.another({ url: proxy.url })
    proxy.refuses = true
    const sent = recorder.record([reportOf()], 1)
    await until('it was tried twice', () => proxy.refused > 1)
    proxy.refuses = false
    expect(await sent).toMatchObject({ accepted: 1 })
  } finally {
    await proxy.close()
  }
})

test('idle connections that were lost meanwhile are replaced without a word', async () => {
  await fleet.recorder.record([reportOf()], 1)
  await fleet.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'muster' AND datname = current_database()`,
  )
  expect(await fleet.recorder.record([reportOf()], 1)).toMatchObject({ accepted: 1 })
})

test('a connection that is killed in the middle stores nothing; the repetition counts once', async () => {
  const blocker = await fleet.psql()
  await blocker.query('BEGIN')
  await blocker.query(`SELECT pg_advisory_xact_lock(hashtext('muster.events'))`)
  const sent = fleet.recorder.record([reportOf({ key: 'k' })], 1)
  const refusal = expect(sent).rejects.toThrow(DatabaseUnavailable)
  const pid = await until('the report waits for the log', waitingForLog)
  await fleet.query('SELECT pg_terminate_backend($1)', [pid])
  await within('the sender is answered', refusal)
  await blocker.query('ROLLBACK')
  expect(await countEvents()).toBe(0)
  expect(await repeat(fleet.recorder)).toMatchObject([
    { accepted: 1, duplicates: 0 },
    { accepted: 0, duplicates: 1 },
  ])
  expect(await countEvents()).toBe(1)
})

test.each(['before', 'after'] as const)(
  'a connection that is lost just %s the commit leaves it unknown; the repetition counts once',
  async (moment) => {
    const proxy = await startProxy(fleet.url)
    try {
      const recorder = fleet.another({ url: proxy.url })
      await recorder.record([reportOf()], 1)
      proxy.cutCommit = moment
      const sent = recorder.record([reportOf({ key: 'k' })], 1)
      await expect(within('the sender is answered', sent)).rejects.toThrow(DatabaseUnavailable)
      expect(proxy.commitsCut).toBe(1)
      if (moment === 'after')
        await until('it was committed', async () => (await countEvents()) === 2)
      const [first, second] = await repeat(recorder)
      expect(first?.accepted).toBe(moment === 'before' ? 1 : 0)
      expect(second?.accepted).toBe(0)
      expect(await countEvents()).toBe(2)
    } finally {
      await proxy.close()
    }
  },
)

test('a long transaction that holds the log is waited for, then the sender is told to repeat', async () => {
  const recorder = fleet.another({ lockTimeoutMs: 100 })
  const blocker = await fleet.psql()
  await blocker.query('BEGIN')
  await blocker.query(`INSERT INTO events (type) VALUES ('long')`)
  const busy = blocker.query('SELECT pg_sleep(60)').catch((error: unknown) => error)
  const sent = within('the sender is answered', recorder.record([reportOf({ key: 'k' })], 1))
  const error = await sent.catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(DatabaseUnavailable)
  expect(error).toMatchObject({ retryAfterSeconds: 2, cause: { code: '55P03' } })
  await fleet.query('SELECT pg_cancel_backend($1)', [
    (blocker as typeof blocker & { processID: number }).processID,
  ])
  await busy
  await blocker.query('ROLLBACK')
  expect(await fleet.query('SELECT FROM agents')).toHaveLength(0)
  expect(await repeat(recorder)).toMatchObject([{ accepted: 1 }, { duplicates: 1 }])
})

test('a lock that is let go in time costs a report nothing but the wait', async () => {
  const recorder = fleet.another({ lockTimeoutMs: 300 })
  const blocker = await fleet.psql()
  await blocker.query('BEGIN')
  await blocker.query(`INSERT INTO events (type) VALUES ('forgotten')`)
  const sent = recorder.record([reportOf()], 1)
  await until('the report waits for the log', waitingForLog)
  await blocker.query('COMMIT')
  expect(await within('the report is stored', sent)).toMatchObject({ accepted: 1 })
})

test('a report goes through when a forgotten BEGIN; INSERT was cut off', async () => {
  const blocker = await fleet.psql()
  const ended = new Promise<Error>((resolve) => blocker.once('error', resolve))
  await blocker.query('BEGIN')
  await blocker.query(`INSERT INTO events (type) VALUES ('forgotten')`)
  const sent = fleet.recorder.record([reportOf()], 1)
  expect(await within('the report is stored', sent, 10_000)).toMatchObject({ accepted: 1 })
  expect(await within('the forgetful client was cut off', ended)).toMatchObject({ code: '25P03' })
  const types = await fleet.query<{ type: string }>('SELECT DISTINCT type FROM events ORDER BY 1')
  expect(types.map(({ type }) => type)).toEqual([
    'project_changed',
    'session_discovered',
    'test_event',
  ])
})

async function repeat(recorder: Recorder) {
  const first = await recorder.record([reportOf({ key: 'k' })], 1)
  return [first, await recorder.record([reportOf({ key: 'k' })], 1)]
}

async function countEvents(): Promise<number> {
  return (await fleet.query(`SELECT FROM events WHERE type = 'test_event'`)).length
}

async function waitingForLog(): Promise<number | undefined> {
  const [row] = await fleet.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE wait_event = 'advisory' AND wait_event_type = 'Lock'
       AND datname = current_database()`,
  )
  return row?.pid
}

/** Stands between a pool and PostgreSQL, and cuts the connection where a test wants it cut. */
class CuttingProxy {
  refuses = false
  refused = 0
  cutCommit: 'before' | 'after' | null = null
  commitsCut = 0
  url = ''
  private readonly sockets = new Set<Socket>()

  constructor(
    readonly server: Server,
    private readonly target: URL,
  ) {
    server.on('connection', (client) => this.join(client))
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    await new Promise((resolve) => this.server.close(resolve))
  }

  private join(client: Socket): void {
    if (this.refuses) {
      this.refused++
      client.destroy()
      return
    }
    const database = connect(Number(this.target.port), this.target.hostname)
    for (const socket of [client, database]) {
      this.sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => this.sockets.delete(socket))
    }
    let isCommitting = false
    const cut = () => {
      this.commitsCut++
      this.cutCommit = null
      client.destroy()
      database.destroy()
    }
    client.on('data', (chunk) => {
      isCommitting = this.cutCommit !== null && /commit/i.test(chunk.toString('latin1'))
      if (isCommitting && this.cutCommit === 'before') cut()
      else database.write(chunk)
    })
    database.on('data', (chunk) => {
      if (isCommitting && this.cutCommit === 'after') cut()
      else client.write(chunk)
    })
    client.on('end', () => database.end())
    database.on('end', () => client.end())
  }
}

async function startProxy(url: string): Promise<CuttingProxy> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const proxy = new CuttingProxy(server, new URL(url))
  const own = new URL(url)
  own.port = String(typeof address === 'object' ? address?.port : '')
  proxy.url = own.href
  return proxy
}
