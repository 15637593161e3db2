import type pg from 'pg'
import { UnusableDatabase } from './unusable-database'

/** The oldest PostgreSQL that Muster is tested with. */
const OLDEST_MAJOR = 15

interface Facts {
  version: string
  number: string
  encoding: string
  standby: boolean
}

/** Throws UnusableDatabase unless the server is one that Muster can keep its log in. */
export async function requireUsable(client: pg.Client): Promise<void> {
  const place = `The database at ${client.host}:${client.port}`
  const { rows } = await client.query<Facts>(
    `SELECT current_setting('server_version') AS version,
       current_setting('server_version_num') AS number,
       current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS standby`,
  )
  const [facts] = rows
  if (!facts) throw new UnusableDatabase(`${place} does not say which version it is.`)
  if (Number(facts.number) < OLDEST_MAJOR * 10_000) {
    throw new UnusableDatabase(
      `${place} is PostgreSQL ${facts.version}, and Muster needs ${OLDEST_MAJOR} or later: upgrade it, or name another one in DATABASE_URL.`,
    )
  }
  if (facts.encoding !== 'UTF8') {
    throw new UnusableDatabase(
      `${place} stores text as ${facts.encoding}, and Muster needs UTF8: create the database "${client.database}" with ENCODING 'UTF8', or name another one in DATABASE_URL.`,
    )
  }
  if (facts.standby) {
    throw new UnusableDatabase(
      `${place} is a standby, which only reads: name the primary in DATABASE_URL.`,
    )
  }
}
