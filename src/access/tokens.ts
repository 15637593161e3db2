import { type Kysely, sql } from 'kysely'
import type { Database } from '../db/connect'
import type { Schema } from '../db/schema'
import { isUniqueViolation } from '../db/unique-violation'
import { BadInput } from '../errors/app-error'
import type { EventRow } from '../log/event-row'
import { ACCESS_TYPES } from '../log/scope'
import { logAudit } from './access-log'
import { type Right, type Rights, rightsOf } from './rights'
import { hashOf, newSecret } from './secret'
import { MAX_HELD, MAX_TOKENS, readTokens, toHeld, validTokens } from './token-rows'
import { type HeldToken, TokenTable } from './token-table'

interface FoundToken {
  readonly id: string
  readonly rights: Rights
  /** Unix time in ms; Infinity: never. */
  readonly expiresAt: number
}

export interface NewToken {
  readonly name: string
  readonly may: readonly Right[]
  readonly projectIds: readonly number[] | null
  /** Null: never. */
  readonly expiresInSeconds: number | null
}

interface ListedToken {
  readonly id: string
  readonly name: string
  readonly rights: Rights
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
  readonly expiresAt: Date | null
  readonly isExpired: boolean
}

const PREFIX = 'muster_'
const SHAPE = /^muster_[\w-]{43}$/
/** How exact the time of the last use is. */
const USE_MS = 60_000
const MAX_NAME = 60

/** Whether a text is meant to be one of these tokens, and not the MUSTER_TOKEN. */
export function looksLikeToken(text: string): boolean {
  return text.startsWith(PREFIX)
}

/** The tokens of machines, in the database: random, stored as hashes, each with its own rights. */
export class Tokens {
  private readonly table: TokenTable
  /** When the last use of a token was noted by this process, as Unix time in ms. */
  private readonly noted = new Map<string, number>()

  constructor(private readonly db: Database) {
    this.table = new TokenTable(() => readTokens(db))
  }

  /** Reads the tokens into memory: a right one is then known, however many wrong ones come. */
  load(): Promise<void> {
    return this.table.refresh()
  }

  /** Takes rows of the log: another process may have created, revoked or changed tokens. */
  deliver(rows: readonly EventRow[]): void {
    if (rows.some(({ type }) => type.startsWith(`${ACCESS_TYPES}token_`))) this.invalidate()
  }

  invalidate(): void {
    this.table.markChanged()
  }

  /** The token of this text, if it is valid now. A wrong one of a busy network costs no query. */
  async find(text: string, network = ''): Promise<FoundToken | null> {
    const held = await this.lookUp(text, network, Number.POSITIVE_INFINITY)
    const row = held && (await validTokens(this.db).where('id', '=', held.id).executeTakeFirst())
    if (held && !row) this.table.markChanged()
    return row ? toHeld(row) : null
  }

  /** The same as it was within the last two seconds: a thousand reports cost one query. */
  findLately(text: string, network = ''): Promise<FoundToken | null> {
    return this.lookUp(text, network)
  }

  /** Creates a token and returns its text, which is not stored. Throws BadInput. */
  async create(wanted: NewToken, actor: string): Promise<{ id: string; text: string }> {
    const name = checkToken(wanted)
    const text = `${PREFIX}${newSecret()}`
    const { expiresInSeconds, projectIds, may } = wanted
    const values = {
      name,
      hash: hashOf(text),
      permissions: [...may],
      project_ids: projectIds && [...projectIds],
      created_by: actor,
      expires_at:
        expiresInSeconds === null
          ? null
          : sql<Date>`clock_timestamp() + make_interval(secs => ${expiresInSeconds})`,
    }
    try {
      const id = await this.db.transaction().execute(async (trx) => {
        await requireRoom(trx)
        const row = await trx
          .insertInto('tokens')
          .values(values)
          .returning('id')
          .executeTakeFirstOrThrow()
        await logAudit(trx, {
          event: 'token_created',
          actor,
          target: { type: 'token', id: row.id },
          summary: `Token “${name}” was made`,
          data: { name, may: [...may], project_ids: projectIds && [...projectIds] },
        })
        return row.id
      })
      this.table.markChanged()
      return { id, text }
    } catch (error) {
      if (isUniqueViolation(error))
        throw new BadInput('name', 'There is a token of this name already')
      throw error
    }
  }

  /** Those that were not revoked, newest first. */
  async list(): Promise<ListedToken[]> {
    const rows = await this.db
      .selectFrom('tokens')
      .select([
        'id',
        'name',
        'permissions',
        'project_ids',
        'created_at',
        'last_used_at',
        'expires_at',
      ])
      .select(sql<boolean>`coalesce(expires_at <= clock_timestamp(), false)`.as('is_expired'))
      .where('revoked_at', 'is', null)
      .orderBy('created_at', 'desc')
      .limit(MAX_TOKENS)
      .execute()
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      rights: rightsOf(row.permissions, row.project_ids),
      createdAt: row.created_at,
      lastUsedAt: row.last_used_at,
      expiresAt: row.expires_at,
      isExpired: row.is_expired,
    }))
  }

  /** Ends a token; returns its name, or null where there was none. */
  async revoke(id: string, actor: string): Promise<string | null> {
    const revoked = await this.db.transaction().execute(async (trx) => {
      const row = await trx
        .updateTable('tokens')
        .set({ revoked_at: sql<Date>`clock_timestamp()` })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .returning('name')
        .executeTakeFirst()
      if (!row) return null
      await logAudit(trx, {
        event: 'token_revoked',
        actor,
        target: { type: 'token', id },
        summary: `Token “${row.name}” was revoked`,
        data: { name: row.name },
      })
      return row.name
    })
    this.table.markChanged()
    return revoked
  }

  private async lookUp(
    text: string,
    network: string,
    believedMs?: number,
  ): Promise<HeldToken | null> {
    if (!SHAPE.test(text)) return null
    const held = await this.table.find(hashOf(text), network, believedMs)
    if (held) this.noteUse(held)
    return held
  }

  /**
   * For the list of tokens: no request waits for it, and a database that cannot write now may
   * still be read.
   */
  private noteUse({ id, lastUsedAt }: HeldToken): void {
    const now = Date.now()
    if (now - Math.max(lastUsedAt, this.noted.get(id) ?? 0) < USE_MS) return
    if (this.noted.size >= MAX_HELD) this.noted.clear()
    this.noted.set(id, now)
    this.db
      .updateTable('tokens')
      .set({ last_used_at: sql<Date>`clock_timestamp()` })
      .where('id', '=', id)
      .execute()
      .catch(() => undefined)
  }
}

async function requireRoom(trx: Kysely<Schema>): Promise<void> {
  const row = await trx
    .selectFrom('tokens')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  if ((row?.count ?? 0) < MAX_TOKENS) return
  throw new BadInput('name', `There are ${MAX_TOKENS} tokens already: revoke one first`)
}

function checkToken({ name: given, may, projectIds }: NewToken): string {
  const name = given.trim()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (name === '' || name.length > MAX_NAME || /[\u0000-\u001f\u007f]/.test(name)) {
    throw new BadInput('name', `A token needs a name of 1 to ${MAX_NAME} characters`)
  }
  if (may.length === 0) throw new BadInput('rights', 'A token needs at least one right')
  if (projectIds === null) return name
  if (may.includes('admin')) {
    throw new BadInput('projects', 'Who may decide about others cannot be bound to projects')
  }
  if (projectIds.length === 0) throw new BadInput('projects', 'Choose at least one project')
  return name
}
