import pg from 'pg'
import { runStatement } from '../db/ensure-database'
import { BackupError } from './error'

/** SQLSTATEs: insufficient_privilege, object_in_use. */
const NO_RIGHT = '42501'
const IN_USE = '55006'

/**
 * Lets `build` fill a new database on the same server, and gives it the name of the one at `url`,
 * which is removed. If anything fails before that, the new one is removed and the old one is as it was.
 */
export async function buildBeside(
  url: string,
  build: (beside: string) => Promise<void>,
): Promise<void> {
  const name = decodeURIComponent(new URL(url).pathname.slice(1))
  const [beside, replaced] = [`${name}_restoring`, `${name}_replaced`]
  const server = withDatabase(url, name === 'postgres' ? 'template1' : 'postgres')
  const quote = pg.escapeIdentifier
  // Left over from a restore that was killed.
  const drop = (database: string) =>
    runStatement(server, `DROP DATABASE IF EXISTS ${quote(database)} WITH (FORCE)`)
  try {
    await drop(beside)
    await drop(replaced)
    await runStatement(server, `CREATE DATABASE ${quote(beside)} ENCODING 'UTF8'`)
    await build(withDatabase(url, beside))
    // One transaction: at no moment is there no database of the name.
    await runStatement(
      server,
      `BEGIN; ALTER DATABASE ${quote(name)} RENAME TO ${quote(replaced)};
       ALTER DATABASE ${quote(beside)} RENAME TO ${quote(name)}; COMMIT`,
    )
  } catch (error) {
    await drop(beside).catch(() => undefined)
    throw asAdvice(error)
  }
  // The restore is done; what could not be removed goes at the next one.
  await drop(replaced).catch(() => undefined)
}

function withDatabase(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${encodeURIComponent(database)}`
  return changed.href
}

function asAdvice(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error
  if (error.code === NO_RIGHT) {
    return new BackupError(
      `A restore makes a new database, and the user of DATABASE_URL may not (${error.message}): let its role have CREATEDB and own the database.`,
      { cause: error },
    )
  }
  if (error.code === IN_USE) {
    return new BackupError(
      `Others use the database (${error.message}): stop them first; nothing has changed.`,
      { cause: error },
    )
  }
  return error
}
