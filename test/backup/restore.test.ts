import { readFile, rm, writeFile } from 'node:fs/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { backUp } from '../../src/backup/backup'
import { restore } from '../../src/backup/restore'
import { connectDatabase } from '../../src/db/connect'
import { runStatement } from '../../src/db/ensure-database'
import { knownMigrations } from '../../src/db/migrate'
import { resolveCursor } from '../../src/log/cursor'
import { readBounds } from '../../src/log/history'
import { createBackupStage, VERSION, withoutRestore } from '../support/backup'
import { allRows, fillTables, withClient } from '../support/database-rows'
import { startTestProxy } from '../support/proxy'

const stage = createBackupStage()

test('ids go on where nobody has seen any, in every table that counts', async () => {
  const target = await stage.createDatabase()
  await backUp(stage.url, stage.file, VERSION)
  await restore(target.url, stage.file)
  await withClient(target.url, async (client) => {
    const insert = `INSERT INTO projects (key, slug, name) VALUES ('new', 'new', 'new') RETURNING id`
    const project = await client.query(insert)
    const others = await client.query(`SELECT max(id) AS id FROM projects WHERE key <> 'new'`)
    expect(Number(project.rows[0].id)).toBe(Number(others.rows[0].id) + 1)
    const now = Date.now()
    const { rows } = await client.query('SELECT max(id)::float8 AS id FROM events')
    expect(rows[0].id).toBeGreaterThan(now - 60_000)
    const next = await client.query(
      `INSERT INTO events (type) VALUES ('next') RETURNING id::float8 AS id`,
    )
    expect(next.rows[0].id).toBe(rows[0].id + 1)
  })
})

test('every cursor of before the restore is reset, also once the log has gone on', async () => {
  await backUp(stage.url, stage.file, VERSION)
  const db = connectDatabase(stage.url, { max: 1 })
  const backedUp = (await readBounds(db)).head
  // Seen by somebody, and not in the backup.
  await runStatement(stage.url, `INSERT INTO events (type) VALUES ('lost'), ('lost'), ('lost')`)
  const lost = (await readBounds(db)).head
  await db.destroy()
  expect(lost).toBeGreaterThan(backedUp)

  await restore(stage.url, stage.file, { replace: true })
  const restored = connectDatabase(stage.url, { max: 1 })
  const { head } = await readBounds(restored)
  const log = { head, ring: { floor: head }, readBounds: () => readBounds(restored) }
  for (const id of [backedUp - 1, backedUp, lost - 1, lost]) {
    expect(await resolveCursor(String(id), log)).toMatchObject({ kind: 'reset', reason: 'expired' })
  }
  // What was restored is history, and the row that says so is where to go on from.
  expect(await resolveCursor(String(head), log)).toEqual({ kind: 'after', id: head })
  const { rows } = await runStatement(stage.url, 'SELECT type FROM events ORDER BY id DESC LIMIT 2')
  expect(rows).toEqual([{ type: 'log_restored' }, { type: 'note' }])
  await restored.destroy()
})

test('a file that was cut short or altered changes nothing', async () => {
  await backUp(stage.url, stage.file, VERSION)
  const whole = await readFile(stage.file)
  const content = gunzipSync(whole)
  const flipped = Buffer.from(content)
  const middle = flipped.indexOf('deep') + 1
  flipped[middle] = 'E'.charCodeAt(0)
  const withoutEnd = content.subarray(0, content.lastIndexOf('{'))
  const bytes = Buffer.from(whole)
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 255
  const damages: [string, Buffer][] = [
    ['empty', Buffer.alloc(0)],
    ['no gzip', Buffer.from('dear diary')],
    ['something else, gzipped', gzipSync('{"dear":"diary"}\n')],
    ['cut in the middle', whole.subarray(0, whole.length >> 1)],
    ['cut at the end', whole.subarray(0, -9)],
    ['cut and zipped again', gzipSync(content.subarray(0, content.length >> 1))],
    ['without its last line', gzipSync(withoutEnd)],
    ['with another letter', gzipSync(flipped)],
    ['with another byte', bytes],
    ['with more behind it', gzipSync(Buffer.concat([content, content]))],
  ]
  const before = await allRows(stage.url)
  for (const [label, damaged] of damages) {
    await writeFile(stage.file, damaged)
    const error = await restore(stage.url, stage.file, { replace: true }).catch(
      (thrown: Error) => thrown,
    )
    expect(error, label).toMatchObject({ name: 'BackupError' })
    expect(String(error), label).toContain('is no backup of Muster')
  }
  expect(await allRows(stage.url)).toEqual(before)
})

test('a file that is not there is told', async () => {
  await expect(restore(stage.url, stage.file, { replace: true })).rejects.toThrow(
    `There is no file`,
  )
})

test('a database that holds something is refused, unless it may be replaced', async () => {
  const target = await stage.createDatabase()
  await fillTables(target.url)
  await runStatement(target.url, `INSERT INTO events (type) VALUES ('mine')`)
  await backUp(stage.url, stage.file, VERSION)
  const before = await allRows(target.url)
  await expect(restore(target.url, stage.file)).rejects.toThrow(
    'The database is not empty: back it up',
  )
  expect(await allRows(target.url)).toEqual(before)
  await restore(target.url, stage.file, { replace: true })
  expect(withoutRestore(await allRows(target.url))).toEqual(
    withoutRestore(await allRows(stage.url)),
  )
})

test('a database that a Muster uses is refused', async () => {
  await backUp(stage.url, stage.file, VERSION)
  const db = connectDatabase(stage.url, { max: 1 })
  await readBounds(db)
  await expect(restore(stage.url, stage.file, { replace: true })).rejects.toThrow(
    'A Muster uses this database: stop it first.',
  )
  await db.destroy()
})

test('a backup of an older Muster is brought up to date', async () => {
  const all = await knownMigrations()
  const old = await stage.createOldDatabase(all[0])
  await backUp(old, stage.file, VERSION)
  const target = await stage.createDatabase()
  await restore(target.url, stage.file)
  const { rows } = await runStatement(target.url, 'SELECT name FROM kysely_migration ORDER BY name')
  expect(rows.map(({ name }) => name)).toEqual(all)
  // With the columns that projects have got since, at the end of their rows.
  const { projects = [] } = await allRows(old)
  expect((await allRows(target.url)).projects).toEqual(
    projects.map((row) => row.replace(/\)$/, ',,)')),
  )
})

test('a backup of a newer Muster is refused', async () => {
  await backUp(stage.url, stage.file, VERSION)
  const content = gunzipSync(await readFile(stage.file)).toString('latin1')
  await writeFile(
    stage.file,
    gzipSync(
      Buffer.from(content.replace('"migrations":["0001-', '"migrations":["0000-'), 'latin1'),
    ),
  )
  await expect(restore(stage.url, stage.file, { replace: true })).rejects.toThrow(/altered/)
  await runStatement(stage.url, `INSERT INTO kysely_migration VALUES ('9999-future', 'now')`)
  await rm(stage.file)
  await backUp(stage.url, stage.file, VERSION)
  const target = await stage.createDatabase()
  await expect(restore(target.url, stage.file)).rejects.toThrow(
    /was made by Muster 1\.2\.3, which knew/,
  )
})

test('a stopped restore changes nothing', async () => {
  await backUp(stage.url, stage.file, VERSION)
  const before = await allRows(stage.url)
  const stopping = new AbortController()
  const options = { replace: true, signal: stopping.signal, onProgress: () => stopping.abort() }
  await expect(restore(stage.url, stage.file, options)).rejects.toThrow('nothing has changed')
  expect(await allRows(stage.url)).toEqual(before)
})

test('a connection that breaks while rows go through it ends a backup, and a restore changes nothing', async () => {
  await withClient(stage.url, async (client) => {
    // More than the sockets between here and PostgreSQL hold.
    await client.query(
      `INSERT INTO events (type, data)
       SELECT 'big', jsonb_build_object('text', repeat(md5(i::text), 300))
       FROM generate_series(1, 3000) AS i`,
    )
  })
  await backUp(stage.url, stage.file, VERSION)
  const before = await allRows(stage.url)
  const proxy = await startTestProxy(stage.url)
  try {
    const onProgress = () => proxy.cut()
    await expect(backUp(proxy.url, `${stage.file}2`, { ...VERSION, onProgress })).rejects.toThrow(
      /connection|ECONNRESET|EPIPE/i,
    )
    proxy.restore()
    await expect(restore(proxy.url, stage.file, { replace: true, onProgress })).rejects.toThrow(
      /connection|ECONNRESET|EPIPE/i,
    )
  } finally {
    await proxy.close()
  }
  expect(await allRows(stage.url)).toEqual(before)
})
