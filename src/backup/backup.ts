import { createHash, randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { access, open, rename, rm, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { BackupError } from './error'
import { type BackupHeader, type BlockLine, type EndLine, FORMAT } from './format'
import { connectForCopy, describeTables } from './tables'

/** Events compress to a sixth at this level, four times as fast as at the usual one. */
const GZIP_LEVEL = 2

interface BackupOptions {
  /** The version of Muster. */
  version: string
  /** Hears which part is done, from 0 to 1. */
  onProgress?: (done: number) => void
  signal?: AbortSignal
}

export interface BackupSummary {
  tables: number
  rows: number
  bytes: number
}

/**
 * Writes everything in the database to `file`: one consistent state of it, while others go on
 * writing. The file is there when it is complete, and not before. Throws a BackupError, whose message
 * is for people.
 */
export async function backUp(
  url: string,
  file: string,
  options: BackupOptions,
): Promise<BackupSummary> {
  await requireFree(file)
  const client = await connectForCopy(url)
  const draft = `${file}.${randomBytes(4).toString('hex')}.part`
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const header = await describe(client, options.version)
    const target = createWriteStream(draft, { flags: 'wx', mode: 0o600 })
    const content = writeContent(client, header, options.onProgress)
    await pipeline(content, createGzip({ level: GZIP_LEVEL }), target, {
      ...(options.signal && { signal: options.signal }),
    })
    await settle(draft, file)
    const rows = header.tables.reduce((sum, table) => sum + table.rows, 0)
    return { tables: header.tables.length, rows, bytes: (await stat(file)).size }
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined)
    throw options.signal?.aborted ? new BackupError('The backup was stopped.') : error
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function describe(client: pg.Client, muster: string): Promise<BackupHeader> {
  const known = await client.query(`SELECT to_regclass('kysely_migration') IS NOT NULL AS known`)
  if (!known.rows[0].known) {
    throw new BackupError('There is nothing to back up: the database has not been used by Muster.')
  }
  const migrations = await client.query('SELECT name FROM kysely_migration ORDER BY name')
  const server = await client.query('SHOW server_version')
  return {
    muster_backup: FORMAT,
    muster,
    made_at: new Date().toISOString(),
    postgres: server.rows[0].server_version,
    migrations: migrations.rows.map((row) => row.name),
    tables: await describeTables(client),
  }
}

async function* writeContent(
  client: pg.Client,
  header: BackupHeader,
  onProgress: (done: number) => void = () => {},
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  const hashed = (bytes: Buffer) => {
    hash.update(bytes)
    return bytes
  }
  const total = header.tables.reduce((sum, table) => sum + table.rows, 0)
  let before = 0
  yield hashed(toLine(header))
  for (const { name, columns, rows } of header.tables) {
    const list = columns.map((column) => pg.escapeIdentifier(column)).join(', ')
    const statement = `COPY ${pg.escapeIdentifier(name)} (${list}) TO STDOUT`
    let read = before
    for await (const block of client.query(copyTo(statement))) {
      const line: BlockLine = { table: name, bytes: block.length }
      yield hashed(toLine(line))
      yield hashed(block)
      read += countRows(block)
      onProgress(read / total)
    }
    before += rows
  }
  const end: EndLine = { sha256: hash.digest('hex') }
  yield toLine(end)
}

/** COPY ends each row with the one byte that it writes in no value. */
function countRows(block: Buffer): number {
  let rows = 0
  for (let at = block.indexOf('\n'); at !== -1; at = block.indexOf('\n', at + 1)) rows++
  return rows
}

function toLine(value: BackupHeader | BlockLine | EndLine): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`)
}

async function requireFree(file: string): Promise<void> {
  const isThere = await access(file).then(
    () => true,
    () => false,
  )
  if (isThere) throw new BackupError(`${file} exists already: choose another name, or remove it.`)
}

/** Under its name only when it is on the disk. */
async function settle(draft: string, file: string): Promise<void> {
  const handle = await open(draft, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(draft, file)
}
