import { expect, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database'
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
