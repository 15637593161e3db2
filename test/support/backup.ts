import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, inject } from 'vitest'
import { ensureDatabase, runStatement } from '../../src/db/ensure-database'
import { migrate } from '../../src/db/migrate'
import type { TestDatabase } from './cluster'
import { createTestDatabase } from './database'
import { fillTables } from './database-rows'

export const VERSION = { version: '1.2.3' }

/** A database with rows of all kinds, and the name of a file for its backup, anew for each test. */
export function createBackupStage() {
  const databases: TestDatabase[] = []
  const stage = {
    folder: '',
    file: '',
    url: '',
    async createDatabase(): Promise<TestDatabase> {
      const database = await createTestDatabase()
      databases.push(database)
      return database
    },
    /** A database as a Muster with fewer migrations has left it. */
    async createOldDatabase(migration: string | undefined): Promise<string> {
      const url = new URL(inject('clusterUrl'))
      const name = `${new URL(stage.url).pathname.slice(1)}_old`
      url.pathname = `/${name}`
      const drop = `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`
      databases.push({
        url: url.href,
        drop: async () => void (await runStatement(inject('clusterUrl'), drop)),
      })
      await ensureDatabase(url.href)
      await migrate(url.href, migration)
      await fillTables(url.href)
      return url.href
    },
  }
  beforeEach(async () => {
    stage.folder = await mkdtemp(path.join(tmpdir(), 'muster-backup-'))
    stage.file = path.join(stage.folder, 'all.muster')
    stage.url = (await stage.createDatabase()).url
    await fillTables(stage.url)
  })
  afterEach(async () => {
    await Promise.all(databases.splice(0).map((database) => database.drop()))
    await rm(stage.folder, { recursive: true, force: true })
  })
  return stage
}

/** Without what a restore itself adds: where the log goes on from, and the row that says so. */
export function withoutRestore(rows: Record<string, string[]>): Record<string, string[]> {
  const { log_floor, kysely_migration, kysely_migration_lock, ...rest } = rows
  const isOurs = (row: string) => !row.includes('log_restored')
  return Object.fromEntries(Object.entries(rest).map(([name, all]) => [name, all.filter(isOurs)]))
}
