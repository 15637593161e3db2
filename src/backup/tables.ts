import pg from 'pg'
import { DatabaseClient } from '../db/client'
import { types } from '../db/connect'
import type { BackupTable } from './format'

/**
 * Kysely's tables of migrations are written by migrating, and the search index of the log is
 * built from the log. Login sessions stay behind: one that was ended after the backup must not be valid
 * again after the restore. Ingest liveness and present connections are not true of another database.
 */
const LEFT_OUT = [
  'kysely_migration',
  'kysely_migration_lock',
  'event_search',
  'event_search_position',
  'sessions',
  'ingest_liveness',
  'processes',
  'connections',
]

/** A connection for moving rows: values look the same whatever the server's settings are. */
export async function connectForCopy(url: string): Promise<pg.Client> {
  const client = new DatabaseClient({
    connectionString: url,
    types,
    application_name: 'muster backup',
  })
  // A connection that breaks fails its statement too; unheard, the event would end the process.
  client.on('error', () => undefined)
  await client.connect()
  await client.query(
    `SET datestyle = 'ISO, YMD'; SET intervalstyle = 'iso_8601'; SET bytea_output = 'hex';
     SET extra_float_digits = 1; SET timezone = 'UTC'; SET statement_timeout = 0`,
  )
  return client
}

/** The tables of the database with what they hold, in an order in which they can be filled. */
export async function describeTables(client: pg.Client): Promise<BackupTable[]> {
  const { rows } = await client.query<Omit<BackupTable, 'rows'> & { refers_to: string[] }>(TABLES, [
    LEFT_OUT,
  ])
  const tables: BackupTable[] = []
  for (const { name, columns, sequences } of inOrder(rows)) {
    const counted = await client.query(`SELECT count(*) AS rows FROM ${pg.escapeIdentifier(name)}`)
    tables.push({ name, columns, rows: counted.rows[0].rows, sequences })
  }
  return tables
}

const TABLES = `
  SELECT t.relname::text AS name,
    (SELECT json_agg(attname ORDER BY attnum) FROM pg_attribute
      WHERE attrelid = t.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '') AS columns,
    (SELECT coalesce(json_agg(DISTINCT other.relname), '[]')
      FROM pg_constraint AS reference JOIN pg_class AS other ON other.oid = reference.confrelid
      WHERE reference.contype = 'f' AND reference.conrelid = t.oid
        AND other.oid <> t.oid) AS refers_to,
    (SELECT coalesce(json_agg(json_build_object('column', attname,
        'last', coalesce(pg_sequence_last_value(sequence::regclass), 0))), '[]')
      FROM pg_attribute,
        pg_get_serial_sequence(format('%I.%I', n.nspname, t.relname), attname) AS sequence
      WHERE attrelid = t.oid AND attnum > 0 AND NOT attisdropped
        AND sequence IS NOT NULL) AS sequences
  FROM pg_class AS t JOIN pg_namespace AS n ON n.oid = t.relnamespace
  WHERE n.nspname = current_schema() AND t.relkind = 'r' AND NOT t.relname = ANY ($1)
  ORDER BY t.relname`

/** What is referred to comes first. */
function inOrder<T extends { name: string; refers_to: string[] }>(tables: T[]): T[] {
  const ordered: T[] = []
  const left = new Map(tables.map((table) => [table.name, table]))
  while (left.size > 0) {
    const ready = [...left.values()].filter(
      (table) => !table.refers_to.some((name) => left.has(name)),
    )
    if (ready.length === 0) {
      throw new Error(
        `These tables refer to each other in a circle: ${[...left.keys()].join(', ')}`,
      )
    }
    for (const table of ready) left.delete(table.name)
    ordered.push(...ready)
  }
  return ordered
}
