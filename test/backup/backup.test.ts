import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { backUp } from '../../src/backup/backup'
import { restore } from '../../src/backup/restore'
import { runStatement } from '../../src/db/ensure-database'
import { createBackupStage, VERSION, withoutRestore } from '../support/backup'
import { allRows, fillDebates, withClient } from '../support/database-rows'

const stage = createBackupStage()

test('what is restored equals what was backed up, in every table', async () => {
  const target = await stage.createDatabase()
  await fillDebates(stage.url)
  const summary = await backUp(stage.url, stage.file, VERSION)
  const before = await allRows(stage.url)
  expect(withoutRestore(before).events).toHaveLength(7)
  // And the floor of the log, and the row for logins with the MUSTER_TOKEN.
  expect(summary.rows).toBe(7 * (8 + 3) + 2)
  expect((await stat(stage.file)).mode & 0o777).toBe(0o600)

  await restore(target.url, stage.file)
  expect(withoutRestore(await allRows(target.url))).toEqual(withoutRestore(before))
})

test('a backup is one state of the database, whatever is written meanwhile', async () => {
  const target = await stage.createDatabase()
  let isWriting = true
  const writing = withClient(stage.url, async (client) => {
    const insert = `INSERT INTO events (type) SELECT 'busy' FROM generate_series(1, 20)`
    while (isWriting) await client.query(insert)
  })
  await backUp(stage.url, stage.file, VERSION)
  isWriting = false
  await writing
  await restore(target.url, stage.file)
  const { rows } = await runStatement(
    target.url,
    `SELECT (SELECT count(*) FROM events)::int AS events,
       (SELECT sum(count) FROM event_counts)::int AS counted`,
  )
  expect(rows[0].events).toBe(rows[0].counted)
})

test('people and tokens come back; logins stay behind, so that none comes back that was ended', async () => {
  const target = await stage.createDatabase()
  await runStatement(
    stage.url,
    `INSERT INTO users (id, name, email, project_ids, password_hash)
       VALUES ('u1', 'ada', 'ada@example.org', '{1,2}', 'hash');
     INSERT INTO tokens (name, hash, permissions, created_by) VALUES ('ci', 'hash', '{report}', 'test');
     INSERT INTO sessions (id, token, user_id, expires_at)
       VALUES ('s1', 'somebody', 'u1', now() + interval '1 day')`,
  )
  await backUp(stage.url, stage.file, VERSION)
  expect(gunzipSync(await readFile(stage.file)).includes('somebody')).toBe(false)
  const { sessions: _, ...before } = withoutRestore(await allRows(stage.url))
  await restore(target.url, stage.file)
  const { sessions, ...after } = withoutRestore(await allRows(target.url))
  expect(after).toEqual(before)
  expect(sessions).toEqual([])
})

test('since when somebody has listened stays behind: nobody listened to the restored one', async () => {
  const target = await stage.createDatabase()
  await runStatement(
    stage.url,
    'INSERT INTO ingest_liveness (since, seen_at) VALUES (now(), now())',
  )
  await backUp(stage.url, stage.file, VERSION)
  await restore(target.url, stage.file)
  expect((await allRows(target.url)).ingest_liveness).toEqual([])
})

test('a file that exists is not overwritten, and a stopped backup leaves none', async () => {
  await writeFile(stage.file, 'dear diary')
  await expect(backUp(stage.url, stage.file, VERSION)).rejects.toThrow('exists already')
  expect(await readFile(stage.file, 'utf8')).toBe('dear diary')
  await rm(stage.file)
  const stopping = new AbortController()
  const options = { ...VERSION, signal: stopping.signal, onProgress: () => stopping.abort() }
  await expect(backUp(stage.url, stage.file, options)).rejects.toThrow('The backup was stopped.')
  const names = await readdir(stage.folder)
  expect(names).toEqual([])
})
