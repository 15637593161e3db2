import { sql } from 'kysely'
import type { Database } from '../db/connect'
import { keyedHash, newSecret } from './secret'

export interface Session {
  /** The hash under which it is stored. */
  readonly id: string
  readonly expiresAt: number
}

export const SESSION_SECONDS = 30 * 86_400
/** How exact the time of the last use is. */
const USE_MS = 60_000

/** Browsers that may look, in the database: they outlive a restart, and can be ended. */
export class Sessions {
  constructor(
    private readonly db: Database,
    private readonly token: string,
  ) {}

  /** Returns the value of the cookie, which is stored nowhere. */
  async open(): Promise<string> {
    const value = newSecret()
    await this.db
      .deleteFrom('sessions')
      .where('expires_at', '<', sql<Date>`clock_timestamp()`)
      .execute()
    await this.db
      .insertInto('sessions')
      .values({
        id: keyedHash(this.token, value),
        expires_at: sql<Date>`clock_timestamp() + make_interval(secs => ${SESSION_SECONDS})`,
      })
      .execute()
    return value
  }

  /** The session of a cookie, if it is still one. */
  async find(values: readonly string[]): Promise<Session | null> {
    if (values.length === 0) return null
    const ids = values.map((value) => keyedHash(this.token, value))
    const row = await this.living(ids)
      .select(['id', 'expires_at', 'last_used_at'])
      .executeTakeFirst()
    if (!row) return null
    if (Date.now() - row.last_used_at.getTime() > USE_MS) await this.noteUse(row.id)
    return { id: row.id, expiresAt: row.expires_at.getTime() }
  }

  /** Which of these are still sessions. */
  async findLiving(ids: readonly string[]): Promise<Set<string>> {
    const rows = await this.living(ids).select('id').execute()
    return new Set(rows.map(({ id }) => id))
  }

  async revoke(id: string): Promise<void> {
    await this.db
      .updateTable('sessions')
      .set({ revoked_at: sql<Date>`clock_timestamp()` })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .execute()
  }

  private living(ids: readonly string[]) {
    return this.db
      .selectFrom('sessions')
      .where('id', 'in', ids)
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', sql<Date>`clock_timestamp()`)
  }

  /** For people who look at the table: a database that cannot write now may still be read. */
  private async noteUse(id: string): Promise<void> {
    await this.db
      .updateTable('sessions')
      .set({ last_used_at: sql<Date>`clock_timestamp()` })
      .where('id', '=', id)
      .execute()
      .catch(() => undefined)
  }
}
