import { randomUUID } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../db/connect'
import type { Schema } from '../db/schema'
import { logAudit } from './access-log'
import { actorOf, rightsOfRole, TOKEN_USER } from './person'
import type { Rights } from './rights'
import { keyedHash, newSecret } from './secret'

export interface LoginSession {
  /** The hash under which it is stored. */
  readonly id: string
  /** Unix time in ms. */
  readonly expiresAt: number
  /** Its account; null for the MUSTER_TOKEN. */
  readonly userId: string | null
}

interface FoundSession {
  readonly session: LoginSession
  readonly actor: string
  readonly rights: Rights
}

export const SESSION_SECONDS = 30 * 86_400
/** How exact the time of the last use is. */
const USE_MS = 60_000

/**
 * Browsers that have logged in, with a password or with the MUSTER_TOKEN, in the database: they
 * outlive a restart, and can be ended. A keyed hash of the cookie is stored, so that no cookie can be
 * made of what is stored.
 */
export class Sessions {
  private readonly keys: { readonly ofPeople: string; readonly ofToken: string | null }

  constructor(
    private readonly db: Database,
    secret: string,
    token: string | null,
  ) {
    // Another token ends the logins of the old one.
    const ofToken = token === null ? null : keyedHash(secret, `token ${token}`)
    this.keys = { ofPeople: keyedHash(secret, 'people'), ofToken }
  }

  /** Opens a login session; returns the value of its cookie, which is stored nowhere. */
  async open(user: { id: string; name: string }, network: string): Promise<string> {
    const value = newSecret()
    const key = user.id === TOKEN_USER ? this.keys.ofToken : this.keys.ofPeople
    if (key === null) throw new Error('Nobody can log in with a token that is not set')
    await this.db.transaction().execute(async (trx) => {
      await trx
        .deleteFrom('sessions')
        .where('expires_at', '<', sql<Date>`clock_timestamp()`)
        .execute()
      await trx
        .insertInto('sessions')
        .values({
          id: randomUUID(),
          token: keyedHash(key, value),
          user_id: user.id,
          // By the clock that it is compared with.
          expires_at: sql<Date>`clock_timestamp() + make_interval(secs => ${SESSION_SECONDS})`,
        })
        .execute()
      await noteLogIn(trx, { event: 'logged_in', user, data: { network } })
    })
    return value
  }

  /**
   * The session of a cookie, if it is still one, and what its owner may do now. Null for cookies of
   * several: another site of the domain may have put one of them there.
   */
  async find(values: readonly string[]): Promise<FoundSession | null> {
    if (values.length === 0) return null
    const { ofPeople, ofToken } = this.keys
    const tokens = values.flatMap((value) =>
      [ofPeople, ofToken].flatMap((key) => (key === null ? [] : keyedHash(key, value))),
    )
    const [row, another] = await this.db
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.user_id')
      .select(['sessions.token', 'sessions.expires_at', 'sessions.updated_at', 'sessions.user_id'])
      .select(['users.role', 'users.project_ids'])
      .where('sessions.token', 'in', tokens)
      .where('sessions.expires_at', '>', sql<Date>`clock_timestamp()`)
      .where('users.disabled_at', 'is', null)
      .limit(2)
      .execute()
    if (!row || another) return null
    if (Date.now() - row.updated_at.getTime() > USE_MS) await this.noteUse(row.token)
    const userId = row.user_id === TOKEN_USER ? null : row.user_id
    return {
      session: { id: row.token, expiresAt: row.expires_at.getTime(), userId },
      actor: actorOf(row.user_id),
      rights: rightsOfRole(row.role, row.project_ids),
    }
  }

  /** Ends a login session; false if it had ended before. */
  async end({ id, userId }: LoginSession): Promise<boolean> {
    return this.db.transaction().execute(async (trx) => {
      const { numDeletedRows } = await trx
        .deleteFrom('sessions')
        .where('token', '=', id)
        .executeTakeFirst()
      if (numDeletedRows === 0n) return false
      await noteLogIn(trx, { event: 'logged_out', user: await ownerOf(trx, userId), data: {} })
      return true
    })
  }

  /** Ends all login sessions of an account. */
  async endAll(userId: string | null): Promise<void> {
    return this.db.transaction().execute(async (trx) => {
      const { numDeletedRows } = await trx
        .deleteFrom('sessions')
        .where('user_id', '=', userId ?? TOKEN_USER)
        .executeTakeFirst()
      if (numDeletedRows === 0n) return
      const user = await ownerOf(trx, userId)
      await noteLogIn(trx, { event: 'logged_out', user, data: { everywhere: true } })
    })
  }

  /** For people who look at the table: a database that cannot write now may still be read. */
  private async noteUse(token: string): Promise<void> {
    await this.db
      .updateTable('sessions')
      .set({ updated_at: sql<Date>`clock_timestamp()` })
      .where('token', '=', token)
      .execute()
      .catch(() => undefined)
  }
}

async function ownerOf(trx: Kysely<Schema>, userId: string | null) {
  const id = userId ?? TOKEN_USER
  return trx
    .selectFrom('users')
    .select(['id', 'name'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
}

async function noteLogIn(
  trx: Kysely<Schema>,
  {
    event,
    user: { id, name },
    data,
  }: {
    event: 'logged_in' | 'logged_out'
    user: { id: string; name: string }
    data: Record<string, string | boolean>
  },
): Promise<void> {
  const who = id === TOKEN_USER ? 'Somebody with the MUSTER_TOKEN' : name
  const summary = event === 'logged_in' ? `${who} logged in` : `${who} logged out`
  const target = { type: 'user' as const, id }
  await logAudit(trx, { event, actor: actorOf(id), target, summary, data })
}
