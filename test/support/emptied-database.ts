import pg from 'pg'
import type { TestDatabase } from './cluster'
import { createTestDatabase } from './database'

/** What a database holds that has just been migrated. */
interface Fresh {
  readonly shape: string
  readonly rows: { name: string; rows: string }[]
  readonly sequences: { name: string; value: string; isCalled: boolean }[]
}

interface Emptied extends TestDatabase {
  readonly fresh: Fresh
}

const spare: Emptied[] = []

/**
 * As `createTestDatabase`, but it may be one that an earlier test of this process has used and that
 * was emptied since, which takes a part of the time.
 */
export async function createEmptiedDatabase(): Promise<TestDatabase> {
  const database = spare.pop() ?? (await createNew())
  const drop = async () => {
    const isEmpty = await withClient(database.url, (client) => empty(client, database.fresh))
    if (isEmpty) spare.push(database)
    else await database.drop()
  }
  return { url: database.url, drop }
}

async function createNew(): Promise<Emptied> {
  const database = await createTestDatabase()
  return { ...database, fresh: await withClient(database.url, readFresh) }
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function readFresh(client: pg.Client): Promise<Fresh> {
  const rows: Fresh['rows'] = []
  const sequences: Fresh['sequences'] = []
  for (const name of await tablesOf(client)) {
    const { rows: found } = await client.query(`SELECT json_agg(t) AS rows FROM ${name} t`)
    if (found[0].rows) rows.push({ name, rows: JSON.stringify(found[0].rows) })
  }
  const { rows: names } = await client.query(
    `SELECT format('%I.%I', schemaname, sequencename) AS name FROM pg_sequences`,
  )
  for (const { name } of names) {
    const { rows: found } = await client.query(
      `SELECT last_value AS value, is_called AS "isCalled" FROM ${name}`,
    )
    sequences.push({ name, ...found[0] })
  }
  return { shape: await shapeOf(client), rows, sequences }
}

/** Ends all other clients and removes their rows. False: its tables themselves were changed. */
async function empty(client: pg.Client, before: Fresh): Promise<boolean> {
  await client.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  )
  if ((await shapeOf(client)) !== before.shape) return false
  const { rows: written } = await client.query(
    `SELECT string_agg(oid::regclass::text, ', ') AS names FROM pg_class
     WHERE relkind = 'r' AND oid >= 16384 AND pg_relation_size(oid) > 0`,
  )
  const values = before.sequences.map(
    ({ name, value, isCalled }) => `SELECT setval('${name}', ${value}, ${isCalled})`,
  )
  const statements = [
    'BEGIN',
    'SET LOCAL session_replication_role = replica',
    ...(written[0].names ? [`TRUNCATE ${written[0].names} CASCADE`] : []),
    // What ANALYZE has found of the rows that were there.
    'DELETE FROM pg_statistic WHERE starelid >= 16384',
    ...values,
  ]
  await client.query(statements.join(';'))
  for (const { name, rows } of before.rows) {
    await client.query(
      `INSERT INTO ${name} OVERRIDING SYSTEM VALUE
       SELECT * FROM json_populate_recordset(null::${name}, $1)`,
      [rows],
    )
  }
  await client.query('COMMIT')
  return true
}

async function tablesOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  )
  return rows.map(({ name }) => name)
}

/** The same for two databases whose tables, columns, triggers and functions are. */
async function shapeOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query(
    `SELECT md5(concat_ws('/',
       (SELECT string_agg(concat_ws(' ', oid, relname, relkind, reloptions), ',' ORDER BY oid)
        FROM pg_class WHERE oid >= 16384),
       (SELECT string_agg(concat_ws(' ', attrelid, attnum, attname, atttypid, attnotnull, atthasdef),
          ',' ORDER BY attrelid, attnum)
        FROM pg_attribute WHERE attrelid >= 16384 AND attnum > 0),
       (SELECT string_agg(concat_ws(' ', oid, tgenabled), ',' ORDER BY oid) FROM pg_trigger),
       (SELECT string_agg(concat_ws(' ', oid, prosrc, proconfig), ',' ORDER BY oid)
        FROM pg_proc WHERE oid >= 16384),
       (SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_constraint WHERE oid >= 16384),
       (SELECT string_agg(nspname, ',' ORDER BY oid) FROM pg_namespace WHERE nspname !~ '^pg_'),
       (SELECT string_agg(concat_ws(' ', setrole, setconfig), ',') FROM pg_db_role_setting
        WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()))
     )) AS shape`,
  )
  return rows[0].shape
}
