import { readdir, readFile } from 'node:fs/promises'
import { type Migration, type MigrationProvider, Migrator, sql } from 'kysely'
import { connectDatabase } from './connect'
import { projectPath } from './project-path'

/**
 * Brings the database at `url` up to date and returns the names of the migrations that it lacked.
 * Safe to call from several processes at once: one works, the others wait.
 */
export async function migrate(url: string): Promise<string[]> {
  const db = connectDatabase(url, { max: 1 })
  try {
    const migrator = new Migrator({ db, provider: sqlFiles(projectPath('migrations')) })
    const { error, results = [] } = await migrator.migrateToLatest()
    if (error) throw migrationError(error)
    return results.map((result) => result.migrationName)
  } finally {
    await db.destroy()
  }
}

function sqlFiles(folder: string): MigrationProvider {
  return {
    async getMigrations() {
      const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()
      const entries = files.map(async (file): Promise<[string, Migration]> => {
        const text = await readFile(`${folder}/${file}`, 'utf8')
        return [
          file.replace(/\.sql$/, ''),
          { up: async (db) => void (await sql.raw(text).execute(db)) },
        ]
      })
      return Object.fromEntries(await Promise.all(entries))
    },
  }
}

function migrationError(error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error)
  return new Error(
    `The database could not be brought up to date: ${reason}. If it was used by a newer Muster, start that version.`,
    { cause: error },
  )
}
