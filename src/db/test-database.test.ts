import pg from 'pg'
import { expect, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database'
import { createEmptiedDatabase } from '../../test/support/emptied-database'
import { runStatement } from './ensure-database'

test('a test gets a migrated database that no other test sees', async () => {
  const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()])
  await runStatement(one.url, 'CREATE TABLE mine ()')
  const found = `SELECT to_regclass('mine')::text AS mine, to_regclass('events')::text AS events`
  expect((await runStatement(one.url, found)).rows).toEqual([{ mine: 'mine', events: 'events' }])
  expect((await runStatement(other.url, found)).rows).toEqual([{ mine: null, events: 'events' }])
  await Promise.all([one.drop(), other.drop()])
  await expect(runStatement(one.url, 'SELECT 1')).rejects.toThrow('does not exist')
})

const NOTE = `INSERT INTO events (type) VALUES ('note') RETURNING id`

test('a database that was emptied is as a new one, in its rows and in what it numbers', async () => {
  const one = await createEmptiedDatabase()
  const first = (await runStatement(one.url, NOTE)).rows
  await runStatement(one.url, 'UPDATE log_floor SET trimmed_through = 7')
  await runStatement(
    one.url,
    `DELETE FROM users; UPDATE event_search_position SET indexed_through = 9`,
  )
  const holder = new pg.Client({ connectionString: one.url })
  const ended = new Promise((resolve) => holder.on('error', resolve))
  await holder.connect()
  await one.drop()
  await ended
  const again = await createEmptiedDatabase()
  expect(again.url).toBe(one.url)
  const fresh = await createTestDatabase()
  for (const table of ['events', 'log_floor', 'users', 'event_search_position', 'event_counts']) {
    const [found, expected] = await Promise.all(
      [again, fresh].map(({ url }) => runStatement(url, `SELECT * FROM ${table}`)),
    )
    expect({ [table]: found?.rows }).toEqual({ [table]: expected?.rows })
  }
  expect((await runStatement(again.url, NOTE)).rows).toEqual(first)
  await Promise.all([again.drop(), fresh.drop()])
})

test.each([
  'CREATE TABLE mine ()',
  'ALTER TABLE events ADD COLUMN mine int',
  'ALTER TABLE events DISABLE TRIGGER ALL',
  'CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS $$SELECT 1$$',
  'CREATE INDEX mine ON events (type)',
  'ALTER TABLE events ALTER COLUMN summary DROP NOT NULL',
])('a database is not used again after %s', async (statement) => {
  const one = await createEmptiedDatabase()
  await runStatement(one.url, statement)
  await one.drop()
  await expect(runStatement(one.url, 'SELECT 1')).rejects.toThrow('does not exist')
})
