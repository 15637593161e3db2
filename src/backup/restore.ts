import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { sql } from 'kysely'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { connectDatabase } from '../db/connect'
import { knownMigrations, migrate } from '../db/migrate'
import { BackupError } from './error'
import type { BackupHeader } from './format'
import { BackupReader } from './reader'
import { rebaseLog } from './rebase-log'
import { requireReplaceable } from './require-replaceable'
import { buildBeside } from './swap-database'
import { connectForCopy } from './tables'

export interface RestoreOptions {
  /** What is in the database now is lost. Without it, a database that holds something is refused. */
  replace?: boolean
  /** Hears which part is done, from 0 to 1. */
  onProgress?: (done: number) => void
  signal?: AbortSignal
}

export interface RestoreSummary {
  tables: number
  rows: number
  madeAt: string
}

/**
 * Puts what is in the backup in the place of the database at `url`, or changes nothing: everything
 * is built in a database beside it, which takes its name at the end. No Muster may use it meanwhile.
 * Throws a BackupError, whose message is for people.
 */
export async function restore(
  url: string,
  file: string,
  options: RestoreOptions = {},
): Promise<RestoreSummary> {
  const { signal, onProgress = () => {} } = options
  try {
    const header = await check(file, signal)
    const givenOut = await requireReplaceable(url, options.replace ?? false)
    await buildBeside(url, async (beside) => {
      await migrate(beside, header.migrations.at(-1))
      await load(beside, file, header, options)
      await migrate(beside)
      await moveOn(beside, header, givenOut)
      signal?.throwIfAborted()
    })
    onProgress(1)
    const rows = header.tables.reduce((sum, table) => sum + table.rows, 0)
    return { tables: header.tables.length, rows, madeAt: header.made_at }
  } catch (error) {
    throw signal?.aborted ? new BackupError('The restore was stopped; nothing has changed.') : error
  }
}

/** Reads the whole file once, before anything is done with it. */
async function check(file: string, signal: AbortSignal | undefined): Promise<BackupHeader> {
  const { reader, header } = await BackupReader.open(file, signal)
  try {
    for (const { name } of header.tables) {
      for await (const _ of reader.rowsOf(name)) {
        // Reading it is what checks it.
      }
    }
    await reader.finish()
  } finally {
    await reader.close()
  }
  const known = await knownMigrations()
  const isOurs = header.migrations.every((name, index) => name === known[index])
  if (isOurs && header.migrations.length > 0) return header
  throw new BackupError(
    `${file} was made by Muster ${header.muster}, which knew another database than this one: restore it with that version or a later one.`,
  )
}

async function load(
  url: string,
  file: string,
  header: BackupHeader,
  { signal, onProgress = () => {} }: RestoreOptions,
): Promise<void> {
  const client = await connectForCopy(url)
  const { reader } = await BackupReader.open(file, signal)
  const total = (await stat(file)).size
  try {
    await client.query('BEGIN')
    const names = header.tables.map(({ name }) => pg.escapeIdentifier(name))
    // What a migration has put in is in the backup as well; logins, which are not, refer to people.
    await client.query(`TRUNCATE ${names.join(', ')} CASCADE`)
    for (const { name, columns, sequences } of header.tables) {
      const table = pg.escapeIdentifier(name)
      const list = columns.map((column) => pg.escapeIdentifier(column)).join(', ')
      // What triggers wrote when the rows were new is in the backup as well.
      await client.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`)
      // COPY keeps the ids of columns that count by themselves.
      const blocks = reader.rowsOf(name)
      const copy = client.query(copyFrom(`COPY ${table} (${list}) FROM STDIN`))
      await pipeline(watched(blocks), copy)
      await client.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`)
      for (const { column, last } of sequences) await continueAfter(client, name, column, last)
    }
    await reader.finish()
    await client.query('COMMIT')
  } finally {
    await reader.close()
    await client.end().catch(() => undefined)
  }

  async function* watched(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const block of blocks) {
      signal?.throwIfAborted()
      yield block
      onProgress(Math.min(reader.bytesRead / total, 0.99))
    }
  }
}

async function continueAfter(client: pg.Client, table: string, column: string, last: number) {
  const [of, by] = [pg.escapeIdentifier(table), pg.escapeIdentifier(column)]
  await client.query(
    `SELECT setval(pg_get_serial_sequence($1, $2), greatest(given, 1), given > 0)
     FROM (SELECT greatest($3::bigint, max(${by})) AS given FROM ${of}) AS rows`,
    [of, column, last],
  )
}

async function moveOn(url: string, header: BackupHeader, replaced: number): Promise<void> {
  const counted = header.tables.find(({ name }) => name === 'events')?.sequences[0]?.last ?? 0
  const db = connectDatabase(url, { max: 1 })
  try {
    await rebaseLog(db, {
      givenOut: Math.max(counted, replaced),
      summary: `The database was restored from a backup of ${header.made_at}`,
      data: { made_at: header.made_at, made_by: header.muster },
    })
    await sql`ANALYZE`.execute(db)
  } finally {
    await db.destroy()
  }
}
