import { readdir, readFile } from 'node:fs/promises'
import { type Migration, type MigrationProvider, Migrator, sql } from 'kysely'
import { projectPath } from '../config/project-path'
import { connectDatabase } from './connect'

/** SQLSTATE insufficient_privilege. */
const NO_RIGHT = '42501'

/**
 * Brings the database at `url` up to date, or up to the migration `to`, and returns the names of the
 * migrations that it lacked. Safe to call from several processes at once: one works, the others wait.
 */
export async function migrate(url: string, to?: string): Promise<string[]> {
  const db = connectDatabase(url, { max: 1 })
  try {
    const migrator = new Migrator({ db, provider: sqlFiles(projectPath('migrations')) })
    const { error, results = [] } = await (to ? migrator.migrateTo(to) : migrator.migrateToLatest())
    if (error) throw migrationError(error)
    return results.map((result) => result.migrationName)
  } finally {
    await db.destroy()
  }
}

/** The names of all migrations of this Muster, in their order. */
export async function knownMigrations(): Promise<string[]> {
  return Object.keys(await sqlFiles(projectPath('migrations')).getMigrations())
}

function sqlFiles(folder: string): MigrationProvider {
  return {
    async getMigrations() {
      const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()
      const entries = files.map(async (file): Promise<[string, Migration]> => {
        const text = await readFile(`${folder}/${file}`, 'utf8')
        return [
          file.replace(/\.sql$/, ''),
          // The statements of our own files, taken as they stand: nothing from outside is in them.
          { up: async (db) => void (await sql.raw(text).execute(db)) },
        ]
      })
      return Object.fromEntries(await Promise.all(entries))
    },
  }
}

function migrationError(error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error)
  if (error instanceof Error && 'code' in error && error.code === NO_RIGHT) {
    return new Error(
      `The user of DATABASE_URL may not create tables (${reason}): make it the owner of the database.`,
      { cause: error },
    )
  }
  return new Error(
    `The database could not be brought up to date: ${reason}. If it was used by a newer Muster, start that version.`,
    { cause: error },
  )
}
