import pg from 'pg'
import { expect, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database'
import { connectDatabase, connectPool } from './connect'
import { type DatabaseFault, databaseFault } from './errors'

/** What PostgreSQL says, by the statement that makes it say so. */
test.each<[string, DatabaseFault]>([
  [`SELECT 1/0`, 'data'],
  [`SELECT '1e200000'::jsonb`, 'data'],
  [`SELECT '"\\u0000"'::jsonb #>> '{}'`, 'data'],
  [`INSERT INTO events (type) VALUES ('Not a type')`, 'data'],
  [`INSERT INTO events (type, project_id) VALUES ('test', 1)`, 'conflict'],
  [`INSERT INTO log_floor (first_id, trimmed_through) VALUES (1, 1)`, 'conflict'],
  [`DO $$ BEGIN RAISE SQLSTATE '55P03'; END $$`, 'conflict'],
  [`DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$`, 'conflict'],
  [`DO $$ BEGIN RAISE SQLSTATE '40003'; END $$`, 'away'],
  [`SET statement_timeout = 1; SELECT pg_sleep(10)`, 'away'],
  [`DO $$ BEGIN RAISE SQLSTATE '53100'; END $$`, 'away'],
  [`SET TRANSACTION READ ONLY; SELECT nextval('events_id_seq')`, 'away'],
  [`SELECT pg_terminate_backend(pg_backend_pid())`, 'away'],
  [`SELECT * FROM no_such_table`, 'defect'],
  [`SELECT no_such_function()`, 'defect'],
])('%s → %s', async (statement, fault) => {
  const database = await createTestDatabase()
  const pool = connectPool(database.url, { max: 1 })
  const error = await pool.query(statement).catch((reason: unknown) => reason)
  await pool.end()
  await database.drop()
  expect(error).toBeInstanceOf(Error)
  expect(databaseFault(error)).toBe(fault)
})

test('whatever keeps us from a connection is a database that is away', async () => {
  const database = await createTestDatabase()
  const faults = async (change: (url: URL) => void) => {
    const url = new URL(database.url)
    change(url)
    const db = connectDatabase(url.href, { max: 1 })
    const error = await db
      .selectFrom('events')
      .execute()
      .catch((reason: unknown) => reason)
    await db.destroy()
    return databaseFault(error)
  }
  expect(await faults((url) => Object.assign(url, { port: '1' }))).toBe('away')
  expect(await faults((url) => Object.assign(url, { password: 'wrong' }))).toBe('away')
  expect(await faults((url) => Object.assign(url, { pathname: '/no_such_database' }))).toBe('away')
  expect(await faults((url) => Object.assign(url, { hostname: 'nowhere.invalid' }))).toBe('away')
  await database.drop()
})

test('a client that was lost or closed is away as well', async () => {
  const database = await createTestDatabase()
  const client = new pg.Client({ connectionString: database.url })
  client.on('error', () => undefined)
  await client.connect()
  const busy = client.query('SELECT pg_sleep(60)').catch((reason: unknown) => reason)
  await client.end()
  expect(databaseFault(await busy)).toBe('away')
  expect(databaseFault(await client.query('SELECT 1').catch((reason: unknown) => reason))).toBe(
    'away',
  )
  const pool = connectPool(database.url, { max: 1 })
  await pool.end()
  expect(databaseFault(await pool.query('SELECT 1').catch((reason: unknown) => reason))).toBe(
    'away',
  )
  await database.drop()
})

test('anything that is no error of the database is a defect', () => {
  const others = [new Error('timeouts are not errors'), new TypeError('x'), 'text', null, undefined]
  expect(others.map(databaseFault)).toEqual(others.map(() => 'defect'))
})

test('losing a connection that is in use fails its query, and not the process', async () => {
  const database = await createTestDatabase()
  const pool = connectPool(database.url, { max: 2 })
  const client = await pool.connect()
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
  const busy = client.query('SELECT pg_sleep(60)').catch((reason: unknown) => reason)
  await pool.query('SELECT pg_terminate_backend($1)', [rows[0].pid])
  expect(databaseFault(await busy)).toBe('away')
  client.release(true)
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  await pool.end()
  await database.drop()
})
