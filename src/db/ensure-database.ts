import pg from 'pg'
import { DatabaseClient } from './client'

/** SQLSTATE invalid_catalog_name. */
const NO_SUCH_DATABASE = '3D000'

/** Creates the database that the URL names unless it is there. Returns the URL. */
export async function ensureDatabase(url: string): Promise<string> {
  try {
    await runStatement(url, 'SELECT 1')
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== NO_SUCH_DATABASE) throw error
    const server = new URL(url)
    const name = server.pathname.slice(1)
    server.pathname = '/postgres'
    await runStatement(server.href, `CREATE DATABASE ${pg.escapeIdentifier(name)}`)
  }
  return url
}

/** On a connection of its own. */
export async function runStatement(url: string, statement: string): Promise<pg.QueryResult> {
  const client = new DatabaseClient(url)
  // A connection that breaks fails its statement too; unheard, the event would end the process.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await client.query(statement)
  } finally {
    await client.end()
  }
}
