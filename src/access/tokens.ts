import { type Kysely, sql } from 'kysely'
import type { Database } from '../db/connect'
import type { Schema } from '../db/schema'
import { BadInput } from '../log/bad-input'
import { noteAccess } from './access-log'
import { hashOf, isSameSecret, newSecret } from './secret'
import { isTaken } from './taken'
import { type Right, type Rights, rightsOf } from './visitor'

export interface FoundToken {
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

export interface ListedToken {
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
/** A token that was ended elsewhere is believed for so long at most. */
const BELIEVED_MS = 2_000
const MAX_BELIEVED = 1_000
/** How exact the time of the last use is. */
const USE_MS = 60_000
const MAX_NAME = 60
/** So many can be seen and revoked in one list. */
const MAX_TOKENS = 500

interface Believed {
  readonly found: Promise<FoundToken | null>
  readonly until: number
}

/** Whether a text is meant to be one of these tokens, and not the MUSTER_TOKEN. */
export function looksLikeToken(text: string): boolean {
  return text.startsWith(PREFIX)
}

/** The tokens of machines, in the database: random, stored as hashes, each with its own rights. */
export class Tokens {
  private readonly believed = new Map<string, Believed>()

  constructor(private readonly db: Database) {}

  /** The token of this text, if it is valid now. */
  async find(text: string): Promise<FoundToken | null> {
    return SHAPE.test(text) ? this.look(hashOf(text)) : null
  }

  /** The same as it was within the last two seconds: a thousand reports cost one query. */
  async findLately(text: string): Promise<FoundToken | null> {
    if (!SHAPE.test(text)) return null
    const hash = hashOf(text)
    const known = this.believed.get(hash)
    const found = await (known && known.until > Date.now() ? known.found : this.look(hash))
    return found && found.expiresAt > Date.now() ? found : null
  }

  /** Makes a token and returns its text, which nobody can read again. Throws BadInput. */
  async create(wanted: NewToken, actor: string): Promise<{ id: string; text: string }> {
    const name = checkToken(wanted)
    const text = `${PREFIX}${newSecret()}`
    const { expiresInSeconds, projectIds, may } = wanted
    const values = {
      name,
      hash: hashOf(text),
      may: [...may],
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
        await noteAccess(trx, {
          event: 'token_created',
          actor,
          target: { type: 'token', id: row.id },
          summary: `Token “${name}” was made`,
          data: { name, may: [...may], project_ids: projectIds && [...projectIds] },
        })
        return row.id
      })
      return { id, text }
    } catch (error) {
      if (isTaken(error)) throw new BadInput('name', 'There is a token of this name already')
      throw error
    }
  }

  /** Those that were not revoked, newest first. */
  async list(): Promise<ListedToken[]> {
    const rows = await this.db
      .selectFrom('tokens')
      .select(['id', 'name', 'may', 'project_ids', 'created_at', 'last_used_at', 'expires_at'])
      .select(sql<boolean>`coalesce(expires_at <= clock_timestamp(), false)`.as('is_expired'))
      .where('revoked_at', 'is', null)
      .orderBy('created_at', 'desc')
      .limit(MAX_TOKENS)
      .execute()
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      rights: rightsOf(row.may, row.project_ids),
      createdAt: row.created_at,
      lastUsedAt: row.last_used_at,
      expiresAt: row.expires_at,
      isExpired: row.is_expired,
    }))
  }

  /** Ends a token; returns its name, or null where there was none. Others hear of it in 2 s. */
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
      await noteAccess(trx, {
        event: 'token_revoked',
        actor,
        target: { type: 'token', id },
        summary: `Token “${row.name}” was revoked`,
        data: { name: row.name },
      })
      return row.name
    })
    this.believed.clear()
    return revoked
  }

  /** Requests that come together wait for the same answer; a wrong or failed one is not kept. */
  private look(hash: string): Promise<FoundToken | null> {
    const found = this.read(hash)
    if (this.believed.size >= MAX_BELIEVED) this.believed.clear()
    const entry = { found, until: Date.now() + BELIEVED_MS }
    this.believed.set(hash, entry)
    const forget = () => {
      if (this.believed.get(hash) === entry) this.believed.delete(hash)
    }
    found.then((token) => token ?? forget(), forget)
    return found
  }

  private async read(hash: string): Promise<FoundToken | null> {
    const row = await this.db
      .selectFrom('tokens')
      .select(['id', 'hash', 'may', 'project_ids', 'last_used_at', 'expires_at'])
      .where('hash', '=', hash)
      .where('revoked_at', 'is', null)
      .where((eb) =>
        eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', sql<Date>`clock_timestamp()`)]),
      )
      .executeTakeFirst()
    if (!row || !isSameSecret(row.hash, hash)) return null
    if (Date.now() - (row.last_used_at?.getTime() ?? 0) > USE_MS) await this.noteUse(row.id)
    return {
      id: row.id,
      rights: rightsOf(row.may, row.project_ids),
      expiresAt: row.expires_at?.getTime() ?? Number.POSITIVE_INFINITY,
    }
  }

  /** For people who look at the list: a database that cannot write now may still be read. */
  private async noteUse(id: string): Promise<void> {
    await this.db
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
