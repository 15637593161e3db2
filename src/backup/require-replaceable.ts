import { runStatement } from '../db/ensure-database'
import { BackupError } from './error'

/**
 * Throws a BackupError unless no client uses the database and it holds nothing that would be missed.
 * Returns the last id of an event that it has given out.
 */
export async function requireReplaceable(url: string, mayReplace: boolean): Promise<number> {
  const users = await runStatement(
    url,
    `SELECT count(*)::int AS count FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'muster%'`,
  )
  if (users.rows[0].count > 0) {
    throw new BackupError('A Muster uses this database: stop it first.')
  }
  const used = await runStatement(url, `SELECT to_regclass('events') IS NOT NULL AS used`)
  if (!used.rows[0].used) return 0
  const { rows } = await runStatement(
    url,
    `SELECT EXISTS (SELECT FROM events) OR EXISTS (SELECT FROM projects) AS filled,
       coalesce(pg_sequence_last_value(pg_get_serial_sequence('events', 'id')::regclass), 0)::float8
         AS last`,
  )
  if (rows[0].filled && !mayReplace) {
    throw new BackupError(
      'The database is not empty: back it up, and say --replace to lose what is in it.',
    )
  }
  return rows[0].last
}
