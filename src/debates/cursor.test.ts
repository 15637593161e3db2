import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { createTestDatabase } from '../../test/support/database'
import { connectDatabase } from '../db/connect'
import type { Cursor } from '../log/cursor'
import { SharedQuery } from '../log/shared-look'
import { debateCursor, readLastRestore } from './cursor'

const expired = (id: number): Cursor => ({ kind: 'reset', reason: 'expired', given: String(id) })

it('a cursor too old for the log goes on, unless the database was restored since', async () => {
  const database = await createTestDatabase()
  const db = connectDatabase(database.url, { max: 1 })
  try {
    const read = () => readLastRestore(db)
    expect(await debateCursor(expired(5), read)).toEqual({ kind: 'after', id: 5 })
    const { rows } = await sql<{ id: number }>`
      INSERT INTO events (type) VALUES ('log_restored') RETURNING id`.execute(db)
    const id = rows[0]?.id ?? 0
    expect(await debateCursor(expired(id - 1), read)).toEqual(expired(id - 1))
    expect(await debateCursor(expired(id), read)).toEqual({ kind: 'after', id })
    expect(await debateCursor(expired(0), read)).toEqual({ kind: 'after', id: 0 })
  } finally {
    await db.destroy()
    await database.drop()
  }
})

it('a thousand old cursors are judged by two looks', async () => {
  const restores = new SharedQuery(async () => 100)
  const judged = await Promise.all(
    Array.from({ length: 1_000 }, (_, n) =>
      debateCursor(expired(n + 1), () => restores.readPatiently()),
    ),
  )
  expect(judged.filter(({ kind }) => kind === 'reset')).toHaveLength(99)
  expect(restores.count).toBeLessThanOrEqual(2)
})
